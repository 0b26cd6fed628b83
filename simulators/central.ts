/**
 * A central system that believes nothing: it checks every message of every hut against the wire contract, deduplicates,
 * compares resends byte by byte, finds gaps with (epoch, stream, seq), acknowledges cumulatively and asks for what is
 * missing. It can also misbehave: forget acknowledgements, go away, command.
 */
import { hash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { compactDecrypt, importJWK, type JWK } from 'jose';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { z } from 'zod';
import type { EventEnvelope } from '../gateway/contract/envelope.ts';
import { parseEvent } from '../gateway/contract/events.ts';
import {
  type AckMessage,
  type CommandMessage,
  type CommandResultMessage,
  commandResult,
  configReported,
  device,
  health,
  needRangesMax,
  type PaceMessage,
  type PlanMessage,
  parseMessage,
  state,
} from '../gateway/contract/messages.ts';
import { type StreamName, streams } from '../gateway/contract/streams.ts';
import { type HutAddress, regionRoot, topics } from '../gateway/contract/topics.ts';
import { createLedger, type Ledger, type Noted } from './central-ledger.ts';
import { elementsOf } from './json-slices.ts';

export interface CentralOptions {
  readonly url: string;
  /** The region whose huts it serves; without it, all huts, but huts cannot be told when it goes away. */
  readonly region?: string;
  readonly credentials?: { readonly username?: string; readonly password?: string };
  readonly tls?: Pick<IClientOptions, 'ca' | 'cert' | 'key'>;
  readonly protocolVersion?: 4 | 5;
  /** False: only watches. */
  readonly acknowledge?: boolean;
  /** Share of acknowledgements that are silently not sent, 0 to 1. */
  readonly forgetAcks?: number;
  /** 0 <= x < 1; decides which are forgotten. */
  readonly random?: () => number;
  /** Acknowledgements are collected for so long. */
  readonly ackEveryMs?: number;
  /** A gap is asked for when it is this old, and again after as long. */
  readonly askAfterMs?: number;
  /** Claims to have had every epoch from its first event: what was confirmed before it came is asked for too. */
  readonly fromStart?: boolean;
  /** Private key of the registry, to open sealed parts for the demo. Never in production. */
  readonly privateKey?: JWK;
  /** Each try that failed, with the reason; never the password. */
  readonly connectFailed?: (why: string) => void;
  /** Each event that is new, with its bytes as they came. */
  readonly onEvent?: (event: CentralEvent, bytes: Uint8Array) => void;
}

export interface CentralEvent extends HutAddress {
  readonly epoch: string;
  readonly stream: StreamName;
  readonly seq: number;
  readonly type: string;
  readonly time: string;
  readonly subject?: string;
}

/** A last event with its sealed part, opened when there is a private key. */
export interface OpenedEvent extends CentralEvent {
  readonly data: Readonly<Record<string, unknown>>;
  readonly opened?: unknown;
}

export interface CentralStreamReport extends HutAddress {
  readonly epoch: string;
  readonly stream: StreamName;
  readonly upTo: number | undefined;
  readonly highest: number;
  readonly explained: number;
  readonly missing: readonly (readonly [number, number])[];
}

export interface CentralReport {
  /** Events, each once. */
  readonly received: number;
  readonly duplicates: number;
  /** Events that came after a later one of their stream. */
  readonly late: number;
  /** Sequence numbers missing now. */
  readonly gaps: number;
  /** Messages and events that break the contract, changed resends included. */
  readonly violations: number;
  readonly firstViolations: readonly { readonly topic: string; readonly problem: string }[];
  readonly batches: number;
  readonly payloadBytes: number;
  readonly acksSent: number;
  readonly acksForgotten: number;
  readonly huts: readonly (HutAddress & { readonly online: boolean })[];
  readonly streams: readonly CentralStreamReport[];
}

export interface CommandOptions {
  readonly commandId?: string;
  readonly issuedAtMs?: number;
  readonly expiresInMs?: number;
  readonly retain?: boolean;
  /** How long to wait for the outcome. */
  readonly withinMs?: number;
}

export interface Central {
  readonly online: boolean;
  report(): CentralReport;
  /** The newest events, at most 50, newest last. */
  lastEvents(): Promise<readonly OpenedEvent[]>;
  /** False: says that it is away (retained) and disconnects; what is sent meanwhile is lost to it. */
  setOnline(online: boolean): Promise<void>;
  setForgetAcks(share: number): void;
  /** Asks for ranges with the next acknowledgement, whether missing or not. */
  need(hut: HutAddress, stream: StreamName, ranges: readonly (readonly [number, number])[]): void;
  pace(message: PaceMessage): Promise<void>;
  /** Tells the campaign plan to all huts of the region, also to those that come later. It is not checked here. */
  publishPlan(plan: PlanMessage): Promise<void>;
  /** Resolves with the last word on it: done, failed, rejected, expired or duplicate. */
  command(
    hut: HutAddress,
    name: string,
    args?: Record<string, unknown>,
    options?: CommandOptions,
  ): Promise<CommandResultMessage>;
  stop(): Promise<void>;
}

interface Book extends HutAddress {
  readonly epoch: string;
  readonly stream: StreamName;
  readonly ledger: Ledger;
  wanted: (readonly [number, number])[];
  gapSinceMs: number | undefined;
}

interface Hut extends HutAddress {
  online: boolean;
  session: string | undefined;
  epoch: string | undefined;
  /** By epoch and stream. */
  readonly books: Map<string, Book>;
}

const lastEventsMax = 50;
const violationsMax = 100;
const batchEventsMax = 50;
const batchBytesMax = 128 * 1024;
const missingShownMax = 20;
const goodbyeWithinMs = 1_000;

export async function startCentral(options: CentralOptions): Promise<Central> {
  const random = options.random ?? Math.random;
  const ackEveryMs = options.ackEveryMs ?? 20;
  const askAfterMs = options.askAfterMs ?? 1_000;
  const huts = new Map<string, Hut>();
  const dirty = new Set<Book>();
  const incomplete = new Set<Book>();
  const outcomes = new Map<string, (result: CommandResultMessage) => void>();
  const firstViolations: { topic: string; problem: string }[] = [];
  const last: { event: CentralEvent; data: Record<string, unknown> }[] = [];
  const count = {
    received: 0,
    duplicates: 0,
    late: 0,
    violations: 0,
    batches: 0,
    payloadBytes: 0,
    acksSent: 0,
    acksForgotten: 0,
  };
  let forgetAcks = options.forgetAcks ?? 0;
  let online = false;
  let client: MqttClient | undefined;
  let ackTimer: NodeJS.Timeout | undefined;
  const presence = options.region === undefined ? undefined : `${regionRoot(options.region)}/central`;
  const privateKey = options.privateKey && (await importJWK(options.privateKey, 'ECDH-ES'));

  const violation = (topic: string, problem: string) => {
    count.violations += 1;
    if (firstViolations.length < violationsMax) firstViolations.push({ topic, problem });
  };

  const hutAt = ({ region, gateway }: HutAddress): Hut => {
    const key = `${region}/${gateway}`;
    let hut = huts.get(key);
    if (!hut) {
      hut = { region, gateway, online: false, session: undefined, epoch: undefined, books: new Map() };
      huts.set(key, hut);
    }
    return hut;
  };

  const bookOf = (hut: Hut, epoch: string, stream: StreamName): Book => {
    const key = `${epoch}/${stream}`;
    let book = hut.books.get(key);
    if (!book) {
      const { region, gateway } = hut;
      book = { region, gateway, epoch, stream, ledger: createLedger(), wanted: [], gapSinceMs: undefined };
      if (options.fromStart) book.ledger.startAt(0);
      hut.books.set(key, book);
    }
    return book;
  };

  const askAck = (book: Book) => {
    dirty.add(book);
    ackTimer ??= setTimeout(sendAcks, ackEveryMs);
  };

  function sendAcks(): void {
    ackTimer = undefined;
    const now = performance.now();
    for (const book of dirty) {
      noticeGap(book, now);
      const old = book.gapSinceMs !== undefined && now - book.gapSinceMs >= askAfterMs;
      if (old) book.gapSinceMs = now;
      sendAck(book, old ? book.ledger.missing(needRangesMax) : []);
    }
    dirty.clear();
  }

  function noticeGap(book: Book, now: number): void {
    if (book.ledger.missingCount === 0) {
      book.gapSinceMs = undefined;
      incomplete.delete(book);
    } else {
      book.gapSinceMs ??= now;
      incomplete.add(book);
    }
  }

  function sendAck(book: Book, missing: readonly (readonly [number, number])[]): void {
    const { epoch, stream, ledger } = book;
    if (ledger.upTo === undefined || options.acknowledge === false || !client?.connected) return;
    const need = [...book.wanted, ...missing].slice(0, needRangesMax);
    if (random() < forgetAcks) {
      count.acksForgotten += 1;
      return;
    }
    book.wanted = [];
    count.acksSent += 1;
    const ack = {
      epoch,
      stream,
      upTo: ledger.upTo,
      ...(need.length > 0 && { need }),
      serverTime: new Date().toISOString(),
    };
    client.publish(topics(book).ack, JSON.stringify(ack satisfies Omit<AckMessage, 'need'>), { qos: 1 });
  }

  const gapTimer = setInterval(() => {
    for (const book of incomplete) askAck(book);
  }, askAfterMs);

  const on = new Map<string, (hut: Hut, topic: string, payload: Buffer) => void>([
    ['state', onState],
    ['device', onDevice],
    ['health', onHealth],
    ['event', onBatch],
    ['command', onCommandResult],
    ['config', onConfigReported],
  ]);

  /** The value, or undefined and a violation. */
  function check<T>(schema: z.ZodType<T>, topic: string, payload: Buffer): T | undefined {
    const parsed = parseMessage(schema, payload);
    if (parsed.problem === undefined) return parsed.value;
    violation(topic, parsed.problem);
    return undefined;
  }

  function onState(hut: Hut, topic: string, payload: Buffer): void {
    const message = check(state, topic, payload);
    if (!message) return;
    if (!message.online) {
      // A late will of an older session says nothing about the one that is alive.
      if (message.session === hut.session) hut.online = false;
      return;
    }
    Object.assign(hut, { online: true, session: message.session, epoch: message.epoch });
    for (const book of hut.books.values()) if (book.epoch === message.epoch) askAck(book);
  }

  function onDevice(_hut: Hut, topic: string, payload: Buffer): void {
    if (payload.length === 0) return;
    const message = check(device, topic, payload);
    if (message && !topic.endsWith(`/${message.id}`)) violation(topic, 'id: is not the device of this topic');
  }

  function onHealth(hut: Hut, topic: string, payload: Buffer): void {
    const message = check(health, topic, payload);
    if (!message || hut.epoch === undefined) return;
    for (const stream of streams) {
      const standing = message.streams[stream];
      if (!standing) continue;
      const book = bookOf(hut, hut.epoch, stream);
      book.ledger.startAt(standing.confirmedSeq);
      book.ledger.delivered(standing.confirmedSeq);
      askAck(book);
    }
  }

  function onCommandResult(_hut: Hut, topic: string, payload: Buffer): void {
    const result = check(commandResult, topic, payload);
    if (result && result.status !== 'accepted') outcomes.get(result.commandId)?.(result);
  }

  function onConfigReported(_hut: Hut, topic: string, payload: Buffer): void {
    check(configReported, topic, payload);
  }

  function onBatch(hut: Hut, topic: string, payload: Buffer): void {
    const events = check(batch, topic, payload);
    if (!events) return;
    count.batches += 1;
    count.payloadBytes += payload.length;
    if (payload.length > batchBytesMax && events.length > 1) violation(topic, 'batch: is larger than 128 KiB');
    const slices = elementsOf(payload);
    let before = 0;
    events.forEach((value, index) => {
      const seq = onEvent(hut, topic, value, slices[index]!);
      if (seq !== undefined && seq <= before) violation(topic, 'batch: is not in the order of seq');
      before = seq ?? before;
    });
  }

  /** Notes the event even when it breaks the contract: the fault is reported, and the hut's other events still flow. */
  function onEvent(hut: Hut, topic: string, value: unknown, bytes: Uint8Array): number | undefined {
    const place = whereabouts.safeParse(value);
    const parsed = parseEvent(value);
    if (parsed.problems) violation(topic, parsed.problems.join('; '));
    if (!place.success) return undefined;
    const { epoch, stream, seq } = place.data;
    if (topic !== topics(hut).event(stream)) violation(topic, 'stream: is not the stream of this topic');
    const book = bookOf(hut, epoch, stream);
    askAck(book);
    const digest = hash('sha1', bytes, 'base64');
    const noted = worse(book.ledger.note(seq, digest), formerly(hut, place.data, digest));
    if (noted === 'changed') violation(topic, `seq ${seq}: a resend with other bytes`);
    if (noted === 'too-far') return seq;
    if (noted === 'duplicate' || noted === 'changed') {
      count.duplicates += 1;
      return seq;
    }
    count.received += 1;
    if (noted === 'late') count.late += 1;
    if (parsed.event) accept(hut, parsed.event, seq, bytes);
    return seq;
  }

  /** A salvaged event keeps the id of the epoch it was captured in; the centre may have had it from there. */
  function formerly(hut: Hut, { id, epoch, seq }: z.infer<typeof whereabouts>, digest: string): Noted {
    const [, gateway, formerEpoch, stream, formerSeq] = eventId.exec(id) ?? [];
    if (!gateway || !formerEpoch || (formerEpoch === epoch && Number(formerSeq) === seq)) return 'new';
    const former = bookOf(hutAt({ region: hut.region, gateway }), formerEpoch, stream as StreamName);
    const noted = former.ledger.note(Number(formerSeq), digest);
    // Its bytes differ at least in epoch and seq.
    return noted === 'changed' ? 'duplicate' : noted;
  }

  function accept(hut: Hut, envelope: EventEnvelope, seq: number, bytes: Uint8Array): void {
    const { epoch, stream, type, time, subject, data } = envelope;
    const { region, gateway } = hut;
    if (envelope.source !== `urn:hutgate:${region}:${gateway}`)
      violation(topics(hut).event(stream), 'source: is not the hut of this topic');
    const event: CentralEvent = {
      region,
      gateway,
      epoch,
      stream,
      seq,
      type,
      time,
      ...(subject !== undefined && { subject }),
    };
    last.push({ event, data });
    if (last.length > lastEventsMax) last.shift();
    options.onEvent?.(event, bytes);
    if (type !== quarantined) return;
    const gap = quarantine.safeParse(data);
    if (!gap.success) return;
    const explained = bookOf(hut, gap.data.epoch, gap.data.stream);
    explained.ledger.explain(gap.data.firstSeq, gap.data.lastSeq);
    askAck(explained);
  }

  function onMessage(topic: string, payload: Buffer): void {
    const [, , region, gateway, kind] = topic.split('/');
    on.get(kind ?? '')?.(hutAt({ region: region!, gateway: gateway! }), topic, payload);
  }

  async function connect(): Promise<void> {
    const root = `hut/v1/${options.region ?? '+'}/+`;
    const mine = mqtt.connect(options.url, {
      clientId: `central-${randomUUID()}`,
      clean: true,
      reconnectPeriod: 500,
      resubscribe: false,
      protocolVersion: options.protocolVersion ?? 4,
      ...options.credentials,
      ...options.tls,
      ...(presence && {
        will: { topic: presence, payload: Buffer.from('{"online":false}'), qos: 1 as const, retain: true },
      }),
    });
    client = mine;
    mine.on('message', onMessage);
    // The next try comes by itself.
    mine.on('error', (error) => options.connectFailed?.(error.message || String((error as { code?: unknown }).code)));
    await new Promise<void>((resolve) => {
      mine.on('connect', () => {
        const wanted = ['state', 'device/+', 'event/+', 'health', 'command/result', 'config/reported'];
        // Listening before saying so: huts send at once.
        mine.subscribe(
          wanted.map((name) => `${root}/${name}`),
          { qos: 1 },
          () => {
            if (presence) mine.publish(presence, '{"online":true}', { qos: 1, retain: true });
            resolve();
          },
        );
      });
    });
    online = true;
  }

  async function toRegion(name: 'pace' | 'plan', message: PaceMessage | PlanMessage): Promise<void> {
    if (options.region === undefined) throw new Error(`a ${name} is for one region`);
    if (!client) throw new Error('the centre is offline');
    await client.publishAsync(`${regionRoot(options.region)}/${name}`, JSON.stringify(message), {
      qos: 1,
      retain: true,
    });
  }

  async function disconnect(): Promise<void> {
    const mine = client!;
    online = false;
    client = undefined;
    mine.removeListener('message', onMessage);
    if (presence && mine.connected) {
      const said = mine.publishAsync(presence, '{"online":false}', { qos: 1, retain: true });
      await Promise.race([said.catch(() => {}), pause(goodbyeWithinMs)]);
    }
    // Forced: a broker that acknowledges nothing must not hold us; the will says the same as the goodbye.
    await mine.endAsync(true);
  }

  await connect();

  return {
    get online() {
      return online;
    },
    report() {
      const books = [...huts.values()].flatMap((hut) => [...hut.books.values()]);
      return {
        ...count,
        gaps: books.reduce((sum, { ledger }) => sum + ledger.missingCount, 0),
        firstViolations,
        huts: [...huts.values()].map(({ region, gateway, online: alive }) => ({ region, gateway, online: alive })),
        streams: books.map(({ region, gateway, epoch, stream, ledger }) => ({
          region,
          gateway,
          epoch,
          stream,
          upTo: ledger.upTo,
          highest: ledger.highest,
          explained: ledger.explained,
          missing: ledger.missing(missingShownMax),
        })),
      };
    },
    lastEvents: () =>
      Promise.all(
        last.map(async ({ event, data }) => {
          if (!privateKey || typeof data.pii !== 'string') return { ...event, data };
          const { plaintext } = await compactDecrypt(data.pii, privateKey);
          return { ...event, data, opened: JSON.parse(Buffer.from(plaintext).toString('utf8')) };
        }),
      ),
    async setOnline(wanted) {
      if (wanted === (client !== undefined)) return;
      await (wanted ? connect() : disconnect());
    },
    setForgetAcks(share) {
      forgetAcks = share;
    },
    need(hut, stream, ranges) {
      const known = hutAt(hut);
      if (known.epoch === undefined) throw new Error(`nothing is known of ${hut.gateway} yet`);
      const book = bookOf(known, known.epoch, stream);
      book.wanted.push(...ranges);
      askAck(book);
    },
    pace: (message) => toRegion('pace', message),
    publishPlan: (message) => toRegion('plan', message),
    async command(hut, name, args = {}, { issuedAtMs = Date.now(), withinMs = 10_000, ...more } = {}) {
      const commandId = more.commandId ?? randomUUID();
      const message: CommandMessage = {
        commandId,
        name,
        args,
        issuedAt: new Date(issuedAtMs).toISOString(),
        expiresAt: new Date(issuedAtMs + (more.expiresInMs ?? 60_000)).toISOString(),
      };
      if (!client) throw new Error('the centre is offline');
      let timer: NodeJS.Timeout | undefined;
      const outcome = new Promise<CommandResultMessage>((resolve, reject) => {
        outcomes.set(commandId, resolve);
        timer = setTimeout(() => reject(new Error(`no result of ${name} within ${withinMs} ms`)), withinMs);
      });
      try {
        client.publish(topics(hut).command, JSON.stringify(message), { qos: 1, retain: more.retain ?? false });
        return await outcome;
      } finally {
        clearTimeout(timer);
        outcomes.delete(commandId);
      }
    },
    async stop() {
      clearInterval(gapTimer);
      clearTimeout(ackTimer);
      if (client) await disconnect();
    },
  };
}

const batch = z.array(z.unknown()).min(1).max(batchEventsMax);

/** Enough to place an event, whatever else is wrong with it. */
const seqText = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/)
  .transform(Number);
const whereabouts = z.object({ id: z.string(), epoch: z.uuid(), stream: z.enum(streams), seq: seqText });

const eventId = /^([a-z0-9-]{1,32})\/([0-9a-f-]{36})\/(sampling|reading|audit)\/([1-9][0-9]{0,15})$/;

const byBadness: readonly Noted[] = ['new', 'late', 'duplicate', 'changed', 'too-far'];
const worse = (a: Noted, b: Noted): Noted => (byBadness.indexOf(a) > byBadness.indexOf(b) ? a : b);

const quarantined = 'org.hutgate.audit.event-quarantined.v1';
const quarantine = z.object({ epoch: z.uuid(), stream: z.enum(streams), firstSeq: seqText, lastSeq: seqText });
