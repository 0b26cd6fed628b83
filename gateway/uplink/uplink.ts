/**
 * The uplink of one hut: connects, stays connected, and sends what the store holds, once and in order, until it is
 * confirmed. The store is the only queue; nothing here is lost with the process.
 */
import type { Clock } from '../../device-drivers/clock.ts';
import type { EventData } from '../contract/events.ts';
import type { DeviceMessage } from '../contract/messages.ts';
import type { ClockQuality, StreamName } from '../contract/streams.ts';
import type { HutAddress } from '../contract/topics.ts';
import type { Log } from '../log.ts';
import type { EventDraft, Store } from '../store/store.ts';
import { rfc3339 } from '../wall-time.ts';
import { backoffMs } from './backoff.ts';
import { type CommandHandler, createCommands } from './commands.ts';
import type { MqttVersion, TlsFiles } from './connection.ts';
import { defaultTimes, type UplinkTimes } from './limits.ts';
import { createPlans, type PlanHandler } from './plans.ts';
import { type HutHealth, type Session, type SessionEnd, startSession } from './session.ts';
import { type Confirm, createStreamProgress, type StreamProgress } from './stream-progress.ts';
import { afterDeath, afterProgress, noSuspicion, type Quarantine } from './suspicion.ts';
import { createTokenBucket } from './token-bucket.ts';

export interface UplinkOptions {
  readonly hut: HutAddress;
  /** mqtt:// or mqtts:// */
  readonly url: string;
  /** auto: MQTT 5, and 3.1.1 with a broker that does not speak it. */
  readonly protocol?: 'auto' | '3.1.1' | '5';
  readonly credentials?: { readonly username?: string; readonly password?: string };
  readonly tls?: TlsFiles;
  readonly confirm: Confirm;
  readonly store: Store;
  readonly clock: Clock;
  /** 0 <= x < 1 */
  readonly random: () => number;
  readonly bootId: string;
  readonly software: string;
  readonly clockQuality: () => ClockQuality;
  readonly devices: () => readonly DeviceMessage[];
  readonly health: () => HutHealth;
  /** By command name; a name that is not here is rejected. */
  readonly commands: ReadonlyMap<string, CommandHandler>;
  /** Takes the `audit.command-executed` of each executed command. */
  readonly audit: (draft: EventDraft) => void;
  /** Takes the campaign plans of the centre, one at a time. */
  readonly onPlan?: PlanHandler;
  /** Version of the plan that is already in force: it is not handed over again. */
  readonly planVersion?: string;
  readonly log: Log;
  readonly times?: Partial<UplinkTimes>;
}

/** held: connected, but the centre is away. */
export type UplinkStateName = 'connecting' | 'online' | 'offline' | 'held' | 'stopped';

export interface UplinkState {
  readonly state: UplinkStateName;
  /** RFC 3339 */
  readonly since: string;
  readonly confirm: Confirm;
  readonly sessionId?: string;
  readonly lastError?: string;
  /** Connections lost since the start. */
  readonly reconnects: number;
  /** RFC 3339 */
  readonly nextTryAt?: string;
  /** Messages of the centre that were not acted upon because they break the contract. */
  readonly ignored: number;
  readonly streams: ReadonlyMap<StreamName, { readonly sent: number; readonly confirmed: number }>;
}

export interface Uplink {
  state(): UplinkState;
  /** Called on each change of `state`, `lastError` or `nextTryAt`; not for each event sent. */
  onState(listener: (state: UplinkState) => void): () => void;
  /** The state of this device changed, or it left the configuration. */
  deviceChanged(deviceId: string): void;
  /** Sends a range again that is still kept; for the command of that name. */
  resend(stream: StreamName, first: number, last: number): void;
  /** Says goodbye to the broker; `reason` stands in the retained state. Idempotent. */
  stop(reason: string): Promise<void>;
}

export async function startUplink(options: UplinkOptions): Promise<Uplink> {
  const { store, clock, confirm, log, random } = options;
  const times = { ...defaultTimes, ...options.times };
  const bucket = createTokenBucket();
  const listeners = new Set<(state: UplinkState) => void>();
  const progress = new Map<StreamName, StreamProgress>();
  const lastSeq = new Map<StreamName, number>();

  const protocol = options.protocol ?? 'auto';
  let version: MqttVersion = protocol === '3.1.1' ? 4 : 5;
  let suspicion = noSuspicion;
  let session: Session | undefined;
  let cancelNextTry: (() => void) | undefined;
  let failures = 0;
  let spreadMs = 0;
  let reconnects = 0;
  let ignored = 0;
  let stopped: Promise<void> | undefined;
  let shown: Pick<UplinkState, 'state' | 'since' | 'sessionId' | 'lastError' | 'nextTryAt'> = {
    state: 'connecting',
    since: rfc3339(clock.wallMs()),
  };

  const commands = createCommands({
    handlers: options.commands,
    clock,
    clockQuality: options.clockQuality,
    log,
    publish: (result) => session?.publishResult(JSON.stringify(result)),
    executed: ({ commandId, name }, status) =>
      options.audit(auditDraft('audit.command-executed', { commandId, name, status })),
  });

  const ignore = (what: string) => {
    ignored += 1;
    log.warn({ what }, 'a message of the centre is ignored');
  };
  const plans =
    options.onPlan &&
    createPlans({
      apply: options.onPlan,
      appliedVersion: options.planVersion,
      report: (message) => session?.publishReport(JSON.stringify(message)),
      ignored: ignore,
      log,
    });

  // Listening first: what is committed between the two would never be looked for.
  const forgetCommitted = store.onCommitted((last) => {
    for (const [stream, seq] of Object.entries(last) as [StreamName, number][]) lastSeq.set(stream, seq);
    session?.committed();
  });
  for (const status of (await store.status()).streams) {
    progress.set(status.stream, createStreamProgress(confirm, status.confirmedSeq));
    lastSeq.set(status.stream, Math.max(status.lastSeq, lastSeq.get(status.stream) ?? 0));
  }
  scheduleTry();

  function auditDraft<T extends 'audit.command-executed' | 'audit.event-quarantined'>(
    type: T,
    data: EventData<T>,
  ): EventDraft {
    return {
      stream: 'audit',
      type,
      time: rfc3339(clock.wallMs()),
      monoMs: Math.round(clock.monotonicMs()),
      clockQuality: options.clockQuality(),
      data: JSON.stringify(data),
    };
  }

  function snapshot(): UplinkState {
    const streams = new Map([...progress].map(([name, { sent, confirmed }]) => [name, { sent, confirmed }]));
    return { ...shown, confirm, reconnects, ignored, streams };
  }

  function show(state: UplinkStateName, more: Pick<UplinkState, 'sessionId' | 'lastError' | 'nextTryAt'> = {}): void {
    const since = state === shown.state ? shown.since : rfc3339(clock.wallMs());
    shown = { state, since, ...(shown.lastError !== undefined && { lastError: shown.lastError }), ...more };
    for (const listener of listeners) listener(snapshot());
  }

  function scheduleTry(atOnce = false): void {
    const waitMs = atOnce ? 0 : backoffMs(failures, random(), times, spreadMs);
    show(failures === 0 && reconnects === 0 ? 'connecting' : 'offline', {
      nextTryAt: rfc3339(clock.wallMs() + waitMs),
    });
    cancelNextTry = clock.after(waitMs, connect);
  }

  function connect(): void {
    show('connecting');
    session = startSession(
      {
        ...options,
        credentials: options.credentials ?? {},
        version,
        times,
        bucket,
        progress,
        lastSeq: (stream) => lastSeq.get(stream) ?? 0,
        care: suspicion.care,
        probationMs: suspicion.strikes ? random() * times.probationMaxMs : 0,
        commands,
        wantsPlan: plans !== undefined,
        birth: () => ({
          epoch: store.epoch,
          bootid: options.bootId,
          software: options.software,
          clockq: options.clockQuality(),
        }),
      },
      {
        online(held) {
          log.info({ session: session?.id, mqtt: version, held }, 'uplink online');
          shown = { state: shown.state, since: shown.since };
          show(held ? 'held' : 'online', { sessionId: session!.id });
        },
        progressed(stream) {
          const { confirmed } = progress.get(stream)!;
          if (!store.confirm(stream, confirmed))
            log.error({ stream, confirmed }, 'the store does not hold what was confirmed');
          suspicion = afterProgress(suspicion, stream, confirmed);
        },
        pace(message) {
          bucket.setRate(message?.drainEventsPerSecond);
          spreadMs = (message?.reconnectSpreadSeconds ?? 0) * 1_000;
        },
        plan: (payload) => plans?.receive(payload),
        ignored: ignore,
        ended: (end) => void afterSession(end),
      },
    );
  }

  async function afterSession(end: SessionEnd): Promise<void> {
    session = undefined;
    for (const [stream, { sentEver }] of progress) store.sent(stream, sentEver);
    if (stopped) return;
    if (end.lastedMs !== undefined) reconnects += 1;
    const good = end.lastedMs !== undefined && end.lastedMs >= times.shortSessionMs && !end.stalled;
    failures = good ? 0 : failures + 1;
    log.warn({ why: end.detail, lastedMs: end.lastedMs && Math.round(end.lastedMs), failures }, 'uplink offline');
    show('offline', { lastError: end.detail });
    const fallBack = protocol === 'auto' && end.versionRefused && version === 5;
    if (fallBack) version = 4;
    const after = afterDeath(suspicion, end);
    suspicion = after.suspicion;
    if (after.quarantine) await setAside(after.quarantine);
    if (!stopped) scheduleTry(fallBack);
  }

  async function setAside({ stream, seq, reason }: Quarantine): Promise<void> {
    const range = { firstSeq: String(seq), lastSeq: String(seq) };
    const audit = auditDraft('audit.event-quarantined', {
      stream,
      epoch: store.epoch,
      ...range,
      reason: reason.slice(0, 200),
    });
    try {
      await store.quarantine(stream, seq, reason, audit);
      progress.get(stream)!.skip(seq);
      log.error({ stream, seq, reason }, 'an event was set aside');
    } catch (error) {
      // It stays where it is and is tried again; the next strikes lead here once more.
      log.error({ stream, seq, error: (error as Error).message }, 'an event cannot be set aside');
    }
  }

  return {
    state: snapshot,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    deviceChanged: (deviceId) => session?.deviceChanged(deviceId),
    resend: (stream, first, last) => session?.resend(stream, first, last),
    stop(reason) {
      stopped ??= (async () => {
        forgetCommitted();
        cancelNextTry?.();
        await session?.stop(reason);
        show('stopped');
      })();
      return stopped;
    },
  };
}
