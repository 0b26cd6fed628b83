/**
 * A serial port, by the native binding of `serialport` 13. The binding is loaded when the first port is opened, so that a
 * machine without it starts. A port object is never opened twice: the binding would send, after the reopen, whatever was
 * written while it was closed.
 *
 * The binding takes a hung-up port for one that has 0 bytes and reads again for ever: no `close`, a busy core, growing memory
 * (serialport/bindings-cpp#162). It does so when the port goes between two reads, as in mid-frame or while paused. Its
 * poller does notice, also when nobody reads.
 *
 * While a write waits for a stalled device nothing is read: the poller waits for one thing at a time. What comes meanwhile
 * stays in the kernel (4 KiB) until the write goes on.
 */
import type { EventEmitter } from 'node:events';
import { type LineSettings, type Link, type LinkEvents, LinkOpenError } from '../link.ts';
import { linkOverStream } from './stream-link.ts';

/** Opens `path`, following its links now: by-id and by-path links move to another node at a replug. @throws LinkOpenError */
export async function openSerial(path: string, line: LineSettings, events: LinkEvents): Promise<Link> {
  const { SerialPort } = await loadBinding();
  const { baudRate, dataBits, parity, stopBits, flowControl } = line;
  const xonxoff = flowControl === 'xonxoff';
  const port = new SerialPort({
    ...{ path, baudRate, dataBits, parity, stopBits, autoOpen: false },
    ...{ rtscts: flowControl === 'rtscts', xon: xonxoff, xoff: xonxoff },
  });
  await new Promise<void>((resolve, reject) =>
    port.open((error) => (error ? reject(openError(path, error)) : resolve())),
  );

  const released = new Promise<void>((resolve) => {
    // A write cut by an unplug makes the port say `close` twice; only after the second one is the descriptor closed.
    port.on('close', () => {
      if (!port.closing) resolve();
    });
    port.on('error', () => {
      if (!port.closing && !port.isOpen) resolve();
    });
  });
  const { link, shut } = linkOverStream(
    {
      stream: port,
      async release(unwritten) {
        // The kernel would hold the close back, up to 30 s, for bytes that a stalled device never takes.
        if (unwritten && port.isOpen) await new Promise((flushed) => port.flush(flushed));
        if (port.isOpen) port.close(() => {});
        await released;
      },
    },
    events,
  );
  const { poller } = port.port as unknown as { poller?: EventEmitter };
  poller?.once('disconnect', () => void shut('the port went away'));
  port.on('close', (error: Error | null) => void shut(`the port went away${error ? ` (${error.message})` : ''}`));
  return link;
}

async function loadBinding() {
  try {
    return await import('serialport');
  } catch (error) {
    throw new LinkOpenError('unsupported', `serial ports cannot be used on this machine: ${(error as Error).message}`);
  }
}

/** The binding gives texts only, made from strerror(3): "Error: No such file or directory, cannot open /dev/…". */
function openError(path: string, { message }: Error): LinkOpenError {
  const text = message.replace(/^Error:?\s*/, '');
  if (text.startsWith('No such file or directory')) return new LinkOpenError('missing', `there is no ${path}`);
  if (/^(Permission denied|Operation not permitted)/.test(text))
    return new LinkOpenError('denied', `no rights to ${path}`);
  if (/Cannot lock port|^Device or resource busy/.test(text))
    return new LinkOpenError('busy', `${path} is open in another program`);
  return new LinkOpenError('failed', `${path}: ${text}`);
}
