/**
 * Talks to systemd where it started us (sd_notify(3), Type=notify). Node has no datagram Unix sockets, so the message goes
 * through systemd's own `systemd-notify`, which is there whenever systemd is; the unit needs NotifyAccess=all.
 */
import { execFile } from 'node:child_process';

export interface ServiceManager {
  ready(): void;
  stopping(): void;
  close(): void;
}

export function serviceManager(env: NodeJS.ProcessEnv, onError: (message: string) => void): ServiceManager {
  if (!env.NOTIFY_SOCKET) return { ready() {}, stopping() {}, close() {} };
  const notify = (...messages: string[]) => {
    execFile('systemd-notify', [`--pid=${process.pid}`, ...messages], { env }, (error) => {
      if (error) onError(`systemd-notify: ${error.message}`);
    });
  };
  let watchdog: NodeJS.Timeout | undefined;
  return {
    ready() {
      notify('--ready', '--status=ready');
      // WATCHDOG_USEC is the time after which systemd restarts us; a sign of life at half of it (sd_watchdog_enabled(3)).
      const everyMs = Number(env.WATCHDOG_USEC) / 2000;
      if (everyMs > 0) watchdog = setInterval(() => notify('WATCHDOG=1'), everyMs);
    },
    stopping() {
      notify('STOPPING=1');
    },
    close() {
      clearInterval(watchdog);
    },
  };
}
