/**
 * The life of one connection: subscribe, birth, device states, drain, health, and what the centre says meanwhile. It
 * ends once, with all that the next connection has to know.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../device-drivers/clock.ts';
import {
  ack,
  central,
  type DeviceMessage,
  type HealthMessage,
  type PaceMessage,
  pace,
  parseMessage,
  type StateMessage,
} from '../contract/messages.ts';
import type { StreamName } from '../contract/streams.ts';
import { type HutAddress, topics } from '../contract/topics.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { rfc3339 } from '../wall-time.ts';
import type { Commands } from './commands.ts';
import { type Connection, type ConnectionEnd, type MqttVersion, openConnection, type TlsFiles } from './connection.ts';
import { createDrain, type Drain } from './drain.ts';
import { batchPayloadBytesMax, type UplinkTimes, windowBatchesMax } from './limits.ts';
import type { Confirm, StreamProgress } from './stream-progress.ts';
import type { Care, Death } from './suspicion.ts';
import type { TokenBucket } from './token-bucket.ts';

/** What the composition root knows of the hut's health; the uplink adds the time and what the store says. */
export type HutHealth = Pick<HealthMessage, 'memory' | 'clock' | 'devices'> & { readonly cpuCelsius?: number };

export interface SessionOptions {
  readonly hut: HutAddress;
  readonly url: string;
  readonly version: MqttVersion;
  readonly credentials: { readonly username?: string; readonly password?: string };
  readonly tls?: TlsFiles;
  readonly confirm: Confirm;
  readonly store: Store;
  readonly clock: Clock;
  readonly times: UplinkTimes;
  readonly log: Log;
  readonly bucket: TokenBucket;
  readonly progress: ReadonlyMap<StreamName, StreamProgress>;
  readonly lastSeq: (stream: StreamName) => number;
  readonly care: ReadonlyMap<StreamName, Care>;
  readonly probationMs: number;
  readonly birth: () => Pick<StateMessage & { online: true }, 'epoch' | 'bootid' | 'software' | 'clockq'>;
  readonly devices: () => readonly DeviceMessage[];
  readonly health: () => HutHealth;
  readonly commands: Commands;
  /** Whether somebody takes campaign plans. */
  readonly wantsPlan: boolean;
}

export interface SessionEvents {
  /** Ready to send events; `held` when the centre is away. Called again when that changes. */
  online(held: boolean): void;
  progressed(stream: StreamName): void;
  /** undefined when it was taken back. */
  pace(message: PaceMessage | undefined): void;
  plan(payload: Uint8Array): void;
  ignored(what: string): void;
  ended(end: SessionEnd): void;
}

export interface SessionEnd extends Death {
  readonly versionRefused: boolean;
  /** Undefined when there was no CONNACK. */
  readonly lastedMs: number | undefined;
  /** Nothing was acknowledged or confirmed in time. */
  readonly stalled: boolean;
}

export interface Session {
  readonly id: string;
  deviceChanged(deviceId: string): void;
  publishResult(payload: string): void;
  publishReport(payload: string): void;
  committed(): void;
  resend(stream: StreamName, first: number, last: number): void;
  /** Says goodbye and waits for what is in flight, at most `stopWithinMs`. */
  stop(reason: string): Promise<void>;
}

export function startSession(options: SessionOptions, events: SessionEvents): Session {
  const { clock, times, store, log } = options;
  const id = randomUUID();
  const topic = topics(options.hut);
  const devicePrefix = topic.device('');
  let connectedAtMs: number | undefined;
  let drain: Drain | undefined;
  let failure: { cause: Death['cause']; detail: string } | undefined;
  let held = false;
  let stopping = false;
  let ended = false;
  let cancelHealth: (() => void) | undefined;
  let sayStopped = () => {};
  let windowBatches = windowBatchesMax;
  let payloadBytesMax = batchPayloadBytesMax;

  const connection: Connection = openConnection(
    {
      url: options.url,
      clientId: options.hut.gateway,
      version: options.version,
      ...options.credentials,
      ...(options.tls && { tls: options.tls }),
      will: { topic: topic.state, payload: JSON.stringify({ online: false, session: id } satisfies StateMessage) },
      keepaliveSeconds: times.keepaliveSeconds,
      connectWithinMs: times.connectWithinMs,
      ackWithinMs: times.ackWithinMs,
      clock,
    },
    {
      connected({ receiveMaximum, packetBytesMax }) {
        connectedAtMs = clock.monotonicMs();
        windowBatches = Math.min(windowBatchesMax, receiveMaximum);
        payloadBytesMax = Math.min(batchPayloadBytesMax, packetBytesMax - topicBytesMax);
        const wanted = [topic.ack, topic.command, topic.pace, topic.central, `${devicePrefix}+`];
        connection.subscribe(options.wantsPlan ? [...wanted, topic.plan] : wanted, sayBirth);
      },
      message,
      closed,
    },
  );

  function sayBirth(): void {
    const birth: StateMessage = {
      online: true,
      session: id,
      ...options.birth(),
      contract: ['v1'],
      at: rfc3339(clock.wallMs()),
    };
    connection.publish(topic.state, JSON.stringify(birth), { retain: true, done: proven });
  }

  function proven(reasonCode: number) {
    if (reasonCode >= 0x80)
      return connection.tearDown({ why: 'ours', detail: `the broker refuses the birth with reason ${reasonCode}` });
    for (const device of options.devices()) sayDevice(device.id);
    drain = createDrain({
      ...options,
      pace: options.bucket,
      windowBatches,
      payloadBytesMax,
      ackWithinMs: times.ackWithinMs,
      publish: (stream, payload, done) => connection.publish(topic.event(stream), payload, { done }),
      progressed: events.progressed,
      fail(cause, detail) {
        failure = { cause, detail };
        connection.tearDown({ why: 'ours', detail });
      },
    });
    drain.hold(true);
    events.online(held);
    void release();
  }

  /** Health first: it tells a centre that does not know this hut where its streams stand. */
  async function release(): Promise<void> {
    await sayHealth();
    if (!ended) drain?.hold(held || stopping);
  }

  function sayDevice(deviceId: string): void {
    const device = options.devices().find((one) => one.id === deviceId);
    connection.publish(topic.device(deviceId), device ? JSON.stringify(device) : '', { retain: true });
  }

  async function sayHealth(): Promise<void> {
    cancelHealth?.();
    try {
      const status = await store.status();
      const health: HealthMessage = {
        at: rfc3339(clock.wallMs()),
        streams: Object.fromEntries(status.streams.map(({ stream, ...counts }) => [stream, counts])),
        quarantined: status.quarantined,
        disk: { freeBytes: status.diskFreeBytes, storeBytes: status.fileBytes },
        ...options.health(),
      };
      connection.publishUnconfirmed(topic.health, JSON.stringify(health));
    } catch (error) {
      log.error({ error: (error as Error).message }, 'health cannot be told');
    }
    cancelHealth?.();
    if (!ended) cancelHealth = clock.after(times.healthEveryMs, () => void sayHealth());
  }

  function message(from: string, payload: Buffer, retained: boolean) {
    if (from === topic.ack) return acknowledge(payload);
    if (from === topic.command) return options.commands.receive(payload, retained);
    if (from === topic.pace) return setPace(payload);
    if (from === topic.central) return setHeld(payload);
    if (from === topic.plan) return events.plan(payload);
    if (!retained || payload.length === 0 || !from.startsWith(devicePrefix)) return;
    // The broker still remembers a device that is not in the configuration any more.
    const deviceId = from.slice(devicePrefix.length);
    if (!options.devices().some((device) => device.id === deviceId)) sayDevice(deviceId);
  }

  function acknowledge(payload: Buffer) {
    const parsed = parseMessage(ack, payload);
    if (parsed.problem !== undefined) return events.ignored(`ack: ${parsed.problem}`);
    const { epoch, stream, upTo, need = [] } = parsed.value;
    if (epoch !== store.epoch) return events.ignored('ack: of another epoch');
    // Before this session is proven nothing of it can be acknowledged; the centre repeats itself.
    if (!drain) return;
    const ranges = need.map(([first, last]) => ({ first, last }));
    const verdict = drain.acked(stream, upTo, ranges);
    if (verdict === 'beyond-sent' || verdict === 'going-back') events.ignored(`ack: ${verdict}`);
  }

  function setPace(payload: Buffer) {
    if (payload.length === 0) return events.pace(undefined);
    const parsed = parseMessage(pace, payload);
    if (parsed.problem !== undefined) return events.ignored(`pace: ${parsed.problem}`);
    events.pace(parsed.value);
    drain?.wake();
  }

  function setHeld(payload: Buffer) {
    if (options.confirm !== 'central' || stopping) return;
    const parsed = payload.length === 0 ? { value: { online: true } } : parseMessage(central, payload);
    if (parsed.problem !== undefined) return events.ignored(`central: ${parsed.problem}`);
    const nowHeld = !parsed.value.online;
    if (nowHeld === held) return;
    held = nowHeld;
    if (!drain) return;
    events.online(held);
    if (held) drain.hold(true);
    else void release();
  }

  function closed(end: ConnectionEnd): void {
    ended = true;
    cancelHealth?.();
    const cause = failure?.cause ?? (end.why === 'closed' ? 'closed' : 'other');
    events.ended({
      cause,
      proven: drain !== undefined,
      inFlight: drain?.inFlight(cause) ?? new Map(),
      detail: failure?.detail ?? end.detail,
      versionRefused: end.why === 'version',
      lastedMs: connectedAtMs === undefined ? undefined : clock.monotonicMs() - connectedAtMs,
      stalled: end.why === 'stalled' || failure !== undefined,
    });
    drain?.stop();
    sayStopped();
  }

  return {
    id,
    deviceChanged(deviceId) {
      if (drain) sayDevice(deviceId);
    },
    publishResult(payload) {
      if (connectedAtMs !== undefined) connection.publish(topic.commandResult, payload);
    },
    publishReport(payload) {
      if (connectedAtMs !== undefined) connection.publish(topic.configReported, payload, { retain: true });
    },
    committed: () => drain?.wake(),
    resend: (stream, first, last) => drain?.resend(stream, [{ first, last }]),
    async stop(reason) {
      if (ended) return;
      stopping = true;
      drain?.hold(true);
      const stopped = new Promise<void>((resolve) => {
        sayStopped = resolve;
      });
      const giveUp = () => connection.tearDown({ why: 'ours', detail: 'stopped' });
      const cancelGiveUp = clock.after(times.stopWithinMs, giveUp);
      if (drain) {
        const goodbye: StateMessage = { online: false, session: id, reason };
        // PUBACKs come in order: with this one everything in flight is settled.
        connection.publish(topic.state, JSON.stringify(goodbye), { retain: true, done: connection.disconnect });
      } else giveUp();
      await stopped;
      cancelGiveUp();
    },
  };
}

/** The fixed part of a PUBLISH: header, topic, packet id, no properties. */
const topicBytesMax = 128;
