/**
 * Empties the store over one connection: pulls batches, keeps the window full, and turns acknowledgements into
 * confirmations. It never holds more than a window and a few fetched batches; everything else stays in the store.
 */
import type { Clock } from '../../device-drivers/clock.ts';
import type { StreamName } from '../contract/streams.ts';
import type { Batch, Store } from '../store/store.ts';
import { batchEventsMax, fetchBatches, resendRangesMax, unconfirmedEventsMax } from './limits.ts';
import type { AckVerdict, Confirm, Range, StreamProgress } from './stream-progress.ts';
import type { Care, Death, InFlight } from './suspicion.ts';
import type { TokenBucket } from './token-bucket.ts';

export interface DrainOptions {
  readonly confirm: Confirm;
  readonly store: Pick<Store, 'batches' | 'giveBack'>;
  readonly clock: Clock;
  readonly pace: TokenBucket;
  readonly progress: ReadonlyMap<StreamName, StreamProgress>;
  readonly lastSeq: (stream: StreamName) => number;
  readonly care: ReadonlyMap<StreamName, Care>;
  /** How long a suspected event waits after the connection proved healthy. */
  readonly probationMs: number;
  readonly windowBatches: number;
  readonly payloadBytesMax: number;
  readonly ackWithinMs: number;
  readonly publish: (stream: StreamName, payload: Uint8Array, done: (reasonCode: number) => void) => void;
  /** `confirmed` of the stream moved. */
  readonly progressed: (stream: StreamName) => void;
  /** The connection is of no more use. */
  readonly fail: (cause: Death['cause'], detail: string) => void;
}

export interface Drain {
  /** Something was committed, or may be sent now. */
  wake(): void;
  /** An acknowledgement of the centre, with the ranges that it needs again. */
  acked(stream: StreamName, upTo: number, need: readonly Range[]): AckVerdict | undefined;
  resend(stream: StreamName, ranges: readonly Range[]): void;
  /** Nothing is sent while held; what is in flight stays. */
  hold(on: boolean): void;
  inFlight(cause: Death['cause']): ReadonlyMap<StreamName, InFlight>;
  stop(): void;
}

interface Feed {
  readonly stream: StreamName;
  readonly progress: StreamProgress;
  ready: Batch[];
  fetchedUpTo: number;
  fetching: boolean;
  /** Changes with each rewind: what was fetched before it is not wanted any more. */
  generation: number;
}

/**
 * PUBACK reasons (MQTT 5, 3.4.2.1) that can be about this one message: unspecified, implementation specific, packet too
 * large, payload format invalid. The rest (not authorized, quota exceeded) would meet every event alike.
 */
const aboutTheMessage: ReadonlySet<number> = new Set([0x80, 0x83, 0x95, 0x99]);

export function createDrain(options: DrainOptions): Drain {
  const { confirm, store, clock, pace } = options;
  const feeds: readonly Feed[] = [...options.progress].map(([stream, progress]) => {
    progress.rewind();
    return { stream, progress, ready: [], fetchedUpTo: progress.confirmed, fetching: false, generation: 0 };
  });
  const care = new Map(options.care);
  const probationEndMs = clock.monotonicMs() + options.probationMs;
  const resends: { stream: StreamName; first: number; last: number }[] = [];
  let resendReady: Batch[] = [];
  let resendFetching = false;
  let held = false;
  let stopped = false;
  let inFlight = 0;
  let turn = 0;
  let progressMs = clock.monotonicMs();
  /** Streams of which the centre said, after their first unconfirmed event had come to the broker, that it does not have it. */
  const withheld = new Set<StreamName>();
  let cancelWake: (() => void) | undefined;
  let cancelStall: (() => void) | undefined;

  const unconfirmed = () => feeds.some(({ progress }) => progress.sent > progress.confirmed);
  const wakeIn = (ms: number) => {
    cancelWake ??= clock.after(ms, () => {
      cancelWake = undefined;
      pump();
    });
  };

  function pump(): void {
    if (stopped || held) return;
    while (inFlight < options.windowBatches) {
      const waitMs = Math.max(
        pace.waitMs(clock.monotonicMs()),
        care.size > 0 ? probationEndMs - clock.monotonicMs() : 0,
      );
      if (waitMs > 0) {
        wakeIn(waitMs);
        break;
      }
      const resend = care.size > 0 ? undefined : resendReady.shift();
      const batch = resend ?? (care.size > 0 ? nextInDoubt() : nextInTurn(feeds));
      if (!batch) break;
      send(batch, resend !== undefined);
    }
    fetchMore();
  }

  /** The streams take turns: a large backlog of readings must not hold up a sampling event. */
  function nextInTurn(of: readonly Feed[]): Batch | undefined {
    for (let step = 0; step < of.length; step += 1) {
      const batch = nextOf(of[(turn + step) % of.length]!);
      if (!batch) continue;
      turn = (turn + step + 1) % of.length;
      return batch;
    }
    return undefined;
  }

  /** A suspected range is only sent while nothing else is on its way. The rest goes first: it may hold what explains a gap. */
  function nextInDoubt(): Batch | undefined {
    const isUnderWay = ({ progress }: Feed) => progress.untaken() !== undefined;
    const suspected = feeds.filter(({ stream }) => care.has(stream));
    const rest = feeds.filter(({ stream }) => !care.has(stream));
    const feed = suspected.find(isUnderWay);
    if (!feed) {
      const batch = nextInTurn(rest);
      if (batch || rest.some((other) => other.fetching || isUnderWay(other))) return batch;
      return nextOf(suspected[0]!);
    }
    const untaken = feed.progress.untaken()!;
    const fits = (feed.ready[0]?.last ?? 0) - untaken.first < care.get(feed.stream)!.eventsMax;
    return fits ? nextOf(feed) : undefined;
  }

  function nextOf({ ready, progress }: Feed): Batch | undefined {
    while (ready[0] && ready[0].last <= progress.sent) ready.shift();
    if (!ready[0] || isFull(progress, ready[0].last)) return undefined;
    return ready.shift();
  }

  const isFull = (progress: StreamProgress, seq: number) =>
    confirm === 'central' && seq > progress.confirmed + unconfirmedEventsMax;

  function send(batch: Batch, resend: boolean): void {
    const progress = options.progress.get(batch.stream)!;
    const now = clock.monotonicMs();
    if (!unconfirmed()) progressMs = now;
    const handed = resend ? undefined : progress.handed(batch);
    inFlight += 1;
    pace.take(batch.count, now);
    watchConfirmation();
    options.publish(batch.stream, batch.payload, (reasonCode) => {
      if (stopped) return;
      inFlight -= 1;
      store.giveBack(batch.payload);
      if (reasonCode >= 0x80)
        return options.fail(
          aboutTheMessage.has(reasonCode) ? 'refused' : 'other',
          `the broker refuses events with reason ${reasonCode}`,
        );
      if (handed && progress.taken(handed)) moved(batch.stream, progress);
      pump();
    });
  }

  function moved(stream: StreamName, progress: StreamProgress): void {
    progressMs = clock.monotonicMs();
    if ((care.get(stream)?.upTo ?? Infinity) <= progress.confirmed) care.delete(stream);
    options.progressed(stream);
  }

  function fetchMore(): void {
    for (const feed of feeds) {
      feed.fetchedUpTo = Math.max(feed.fetchedUpTo, feed.progress.sent);
      const enough =
        feed.fetching || feed.ready.length >= fetchBatches || feed.fetchedUpTo >= options.lastSeq(feed.stream);
      if (!enough && !isFull(feed.progress, feed.fetchedUpTo + 1)) void fetch(feed);
    }
    if (!resendFetching && resendReady.length === 0 && resends.length > 0 && care.size === 0) void fetchResend();
  }

  async function fetch(feed: Feed): Promise<void> {
    const { generation } = feed;
    const known = options.lastSeq(feed.stream);
    feed.fetching = true;
    const batches = await read(feed.stream, feed.fetchedUpTo);
    feed.fetching = false;
    if (!batches) return;
    if (generation === feed.generation) {
      feed.ready.push(...batches);
      // Nothing there although more is known: the last events were set aside.
      feed.fetchedUpTo = batches.at(-1)?.last ?? known;
    }
    pump();
  }

  async function fetchResend(): Promise<void> {
    const range = resends[0]!;
    resendFetching = true;
    const batches = await read(range.stream, range.first - 1, range.last);
    resendFetching = false;
    if (!batches) return;
    resendReady = [...batches];
    range.first = (batches.at(-1)?.last ?? range.last) + 1;
    if (range.first > range.last) resends.shift();
    pump();
  }

  async function read(stream: StreamName, after: number, upTo?: number) {
    const limits = {
      eventsMax: Math.min(batchEventsMax, care.get(stream)?.eventsMax ?? Infinity),
      payloadBytesMax: options.payloadBytesMax,
      batchesMax: fetchBatches,
    };
    try {
      const batches = await store.batches(stream, after, limits, upTo);
      return stopped ? undefined : batches;
    } catch (error) {
      if (!stopped) options.fail('other', `the store cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** confirm: central: PUBACKs come, but the centre's own acknowledgement does not. */
  function watchConfirmation(): void {
    if (cancelStall || confirm !== 'central') return;
    cancelStall = clock.after(progressMs + options.ackWithinMs - clock.monotonicMs(), () => {
      cancelStall = undefined;
      if (stopped || held || !unconfirmed()) return;
      if (clock.monotonicMs() - progressMs < options.ackWithinMs) watchConfirmation();
      else
        options.fail(
          withheld.size > 0 ? 'not-confirmed' : 'other',
          `the centre confirmed nothing for ${options.ackWithinMs} ms`,
        );
    });
  }

  function settle(stream: StreamName, upTo: number, asksAgain: boolean): AckVerdict {
    const progress = options.progress.get(stream)!;
    const verdict = progress.acked(upTo);
    if (verdict === 'progress') {
      withheld.delete(stream);
      moved(stream, progress);
    } else if (verdict === 'nothing-new' && !asksAgain && isTaken(progress, upTo + 1)) withheld.add(stream);
    return verdict;
  }

  const isTaken = (progress: StreamProgress, seq: number) =>
    seq <= progress.sent && seq < (progress.untaken()?.first ?? Infinity);

  function resend(stream: StreamName, ranges: readonly Range[]): void {
    const { sent } = options.progress.get(stream)!;
    for (const { first, last } of ranges) {
      const asked = resends.some((range) => range.stream === stream && range.first <= first && last <= range.last);
      if (asked || first > Math.min(last, sent) || resends.length >= resendRangesMax) continue;
      resends.push({ stream, first, last: Math.min(last, sent) });
    }
    pump();
  }

  return {
    wake: pump,
    acked(stream, upTo, need) {
      const verdict = confirm === 'central' ? settle(stream, upTo, need.length > 0) : undefined;
      resend(stream, need);
      return verdict;
    },
    resend,
    hold(on) {
      if (held === on) return;
      held = on;
      if (on) return;
      // A centre that was away may have lost what it had not confirmed.
      for (const feed of feeds) {
        feed.progress.rewind();
        feed.ready = [];
        feed.fetchedUpTo = feed.progress.confirmed;
        feed.generation += 1;
      }
      progressMs = clock.monotonicMs();
      pump();
    },
    inFlight(cause) {
      const ranges = new Map<StreamName, InFlight>();
      for (const { stream, progress } of feeds) {
        const { confirmed } = progress;
        const range = progress.untaken();
        if (cause === 'not-confirmed' && withheld.has(stream))
          // Acknowledgements are cumulative: it is the next one that the centre does not take.
          return new Map([[stream, { first: confirmed + 1, last: confirmed + 1, confirmed }]]);
        if (cause !== 'not-confirmed' && range) ranges.set(stream, { ...range, confirmed });
      }
      return ranges;
    },
    stop() {
      stopped = true;
      cancelWake?.();
      cancelStall?.();
    },
  };
}
