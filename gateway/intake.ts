/**
 * From a reading to a committed event: seals what is personal, appends in the order of capture, and says `committed` only
 * after the disk has it. Readings that arrive while others are being sealed or written wait in one queue for the whole
 * hut; a device that fills it is held at its wire until the disk has caught up.
 */
import type { Clock } from '../device-drivers/clock.ts';
import type { Reading } from '../device-drivers/driver.ts';
import type { ClockQuality, StreamName } from './contract/streams.ts';
import { type ReadingEvent, readingEvent } from './reading-event.ts';
import { type Committed, type EventDraft, type StateMove, type Store, StoreRefused } from './store/store.ts';
import type { Summary } from './summary.ts';
import { rfc3339 } from './wall-time.ts';

export interface CapturedAt {
  readonly wallMs: number;
  readonly monoMs: number;
}

/** A reading that is on the disk. `summary` is masked. */
export interface CommittedReading extends Summary {
  readonly stream: StreamName;
  readonly seq: number;
  readonly eventType: string;
  readonly device: string;
  readonly at: string;
}

export interface IntakeOptions {
  readonly store: Pick<Store, 'append'>;
  readonly clock: Clock;
  readonly clockQuality: () => ClockQuality;
  /** Seals an object to the registry's public key; compact JWE. */
  readonly seal: (personal: object) => Promise<string>;
  readonly personRef: (idType: string, idNumber: string) => string;
  readonly textRef: (text: string) => string;
  /** True for texts of the campaign (tube, box); any other text is personal data. */
  readonly isCode: (text: string) => boolean;
  readonly committed: (readings: readonly CommittedReading[]) => void;
  /** These readings were NOT recorded, and nobody may hear a success tone for them. */
  readonly refused: (device: string, readings: number, why: string) => void;
  readonly hold: (device: string) => void;
  readonly release: (device: string) => void;
}

/** A device with this many readings on their way is held; a card swipe or a scan a second never comes near. */
const heldAbove = 1_000;
const releasedBelow = 250;
/** Events in one append call: enough for a group commit, few enough to answer the first of them soon. */
const appendEventsMax = 500;

/** For a reading that moves state, or whose commit somebody waits for. */
export interface WithReading {
  /** Committed together with the reading, or not at all. */
  readonly moves?: readonly StateMove[];
  settled?(isCommitted: boolean): void;
}

interface Entry {
  readonly device: string;
  readonly shown: Summary;
  readonly more: WithReading;
  /** undefined while being sealed. */
  draft: EventDraft | undefined;
  failed: boolean;
}

export interface Intake {
  accept(device: string, reading: Reading, at: CapturedAt, more?: WithReading): void;
  /** An event that was made of readings before they came here. */
  record(device: string, event: ReadingEvent, at: CapturedAt, more?: WithReading): void;
  /** Resolves when everything accepted so far is committed or refused. */
  settled(): Promise<void>;
}

export function createIntake(options: IntakeOptions): Intake {
  const { store, seal, committed, refused } = options;
  let queue: Entry[] = [];
  let drainAsked = false;
  let appending = 0;
  const onTheWay = new Map<string, number>();
  const held = new Set<string>();
  const waiters: (() => void)[] = [];

  function count(device: string, by: number): void {
    const now = (onTheWay.get(device) ?? 0) + by;
    onTheWay.set(device, now);
    if (now > heldAbove && !held.has(device)) {
      held.add(device);
      options.hold(device);
    } else if (now < releasedBelow && held.delete(device)) options.release(device);
  }

  function settle(entries: readonly Entry[]): void {
    for (const { device } of entries) count(device, -1);
    if (queue.length === 0 && appending === 0) for (const done of waiters.splice(0)) done();
  }

  function refuse(entries: readonly Entry[], why: string): void {
    const perDevice = new Map<string, number>();
    for (const { device } of entries) perDevice.set(device, (perDevice.get(device) ?? 0) + 1);
    for (const [device, readings] of perDevice) refused(device, readings, why);
    for (const { more } of entries) more.settled?.(false);
  }

  function append(entries: readonly Entry[]): void {
    const drafts = entries.map(({ draft }) => draft!);
    appending += 1;
    const moves = entries.flatMap(({ more }) => more.moves ?? []);
    store.append(drafts, moves).then(
      (numbers) => {
        appending -= 1;
        committed(entries.map((entry, i) => committedReading(entry, drafts[i]!, numbers[i]!)));
        for (const { more } of entries) more.settled?.(true);
        settle(entries);
      },
      (error: unknown) => {
        appending -= 1;
        refuse(entries, error instanceof StoreRefused ? error.why : 'failed');
        settle(entries);
      },
    );
  }

  /** Appends what is ready at the head of the queue: a sealed reading never overtakes, nor is overtaken. */
  function drain(): void {
    drainAsked = false;
    const end = queue.findIndex(({ draft, failed }) => !draft && !failed);
    const ready = end < 0 ? queue : queue.slice(0, end);
    queue = end < 0 ? [] : queue.slice(end);
    if (ready.length === 0) return;
    const good = ready.filter(({ failed }) => !failed);
    for (let i = 0; i < good.length; i += appendEventsMax) append(good.slice(i, i + appendEventsMax));
    const bad = ready.filter(({ failed }) => failed);
    if (bad.length > 0) {
      refuse(bad, 'not-sealed');
      settle(bad);
    }
  }

  /** All readings of one chunk go into one append: they were waiting together anyway. */
  function askDrain(): void {
    if (drainAsked) return;
    drainAsked = true;
    queueMicrotask(drain);
  }

  function record(device: string, event: ReadingEvent, at: CapturedAt, more: WithReading = {}): void {
    const { summary, parts } = event;
    const entry: Entry = { device, shown: { summary, ...(parts && { parts }) }, more, draft: undefined, failed: false };
    queue.push(entry);
    count(device, 1);
    const finish = (pii?: string) => {
      entry.draft = draftOf(event, at, options.clockQuality(), pii);
      askDrain();
    };
    if (!event.personal) finish();
    else
      seal(event.personal).then(finish, () => {
        entry.failed = true;
        askDrain();
      });
  }

  return {
    record,
    accept: (device, reading, at, more) => record(device, readingEvent(device, reading, at.wallMs, options), at, more),
    settled() {
      if (queue.length === 0 && appending === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
  };
}

function draftOf(event: ReadingEvent, at: CapturedAt, clockQuality: ClockQuality, pii: string | undefined): EventDraft {
  return {
    stream: 'reading',
    type: event.type,
    ...(event.subject !== undefined && { subject: event.subject }),
    time: rfc3339(at.wallMs),
    monoMs: Math.round(at.monoMs),
    clockQuality,
    data: JSON.stringify(event.data),
    ...(pii !== undefined && { pii }),
  };
}

const committedReading = (entry: Entry, draft: EventDraft, { stream, seq }: Committed): CommittedReading => ({
  stream,
  seq,
  eventType: draft.type,
  device: entry.device,
  at: draft.time,
  ...entry.shown,
});
