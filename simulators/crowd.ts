/**
 * A crowd that walks through the lanes of a hut, from outside only: it works the simulated devices as people and samplers
 * do, looks at the screen to know what to do next, and keeps its own books of what really happened, for the centre's
 * ledger to be compared with. The same seed brings the same people at the same times.
 */
import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../device-drivers/clock.ts';
import type { LaneView, Said } from '../gateway/contract/lane.ts';
import { type Books, createBooks } from './crowd/books.ts';
import { createCodes } from './crowd/codes.ts';
import { createPage, type Page } from './crowd/page.ts';
import { comer, type Identity, personsMax, strangerOf } from './crowd/people.ts';
import { crowdPlan, type Visit } from './crowd/plan.ts';
import { type CrowdLane, createSampler, type Sampler } from './crowd/sampler.ts';
import type { Rack } from './rack.ts';
import { seededRandom } from './random.ts';

export interface CrowdSetup {
  /** Of the hut's page: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly lanes: readonly CrowdLane[];
  /** Works the devices. */
  readonly act: Rack['act'];
  readonly clock: Clock;
  readonly seed: number;
  readonly peoplePerHour: number;
  /** Visits after which nobody comes any more; without it they come until `close`. */
  readonly visits?: number;
  /** Number of the first person, tube, box and seal: others than in an earlier run of the same hut. */
  readonly first: number;
  /** Tubes that lie about before a box is packed. */
  readonly tubesPerBox?: number;
  readonly said?: (lane: string, said: Said, epoch: string) => void;
  readonly joined?: (lanes: readonly LaneView[]) => void;
}

export interface CrowdProgress {
  /** Visits so far, and how many of them wait. */
  readonly arrived: number;
  readonly waiting: number;
  readonly tubes: number;
  readonly boxes: number;
  /** Events that the centre has not confirmed, as the page shows it. */
  readonly backlog: number | undefined;
  /** From a scan's last byte to the screen's change: slowest since the last call, milliseconds. */
  readonly slowestMs: number;
}

export interface Crowd {
  readonly books: Books;
  readonly page: Page;
  progress(): CrowdProgress;
  /** From a scan's last byte to the screen's change, milliseconds: the newest of them. */
  scanToScreenMs(): readonly number[];
  /** Resolves when everybody of a plan that ends has been served. */
  readonly served: Promise<void>;
  /** Nobody comes any more; resolves when whoever stands at a lane has gone. */
  close(): Promise<void>;
  /** After that: tubes are closed, all boxes given away, sessions closed. */
  closeHut(): Promise<void>;
  stop(): void;
}

const timesMax = 10_000;
/** Of those whose tube leaked. The others have gone home. */
const comeAgainShare = 0.8;

/** Signs in on every lane with badge and PIN, and lets people come. Rejects when nobody can sign in. */
export async function startCrowd(setup: CrowdSetup): Promise<Crowd> {
  const { lanes, clock, seed, peoplePerHour, tubesPerBox = 4 } = setup;
  const books = createBooks();
  const codes = createCodes(setup.first);
  const page = createPage({
    ...{ url: setup.url, clock },
    ...(setup.said && { said: setup.said }),
    ...(setup.joined && { joined: setup.joined }),
  });
  const times: number[] = [];
  let slowestMs = 0;
  const took = (ms: number) => {
    times.push(ms);
    if (times.length > timesMax) times.shift();
    slowestMs = Math.max(slowestMs, ms);
  };
  const samplers = lanes.map((lane) => createSampler({ lane, act: setup.act, page, books, codes, clock, took }));
  for (const sampler of samplers) await sampler.signIn();

  const plan = crowdPlan({ seed, peoplePerHour, lanes: lanes.length, firstPerson: setup.first % personsMax });
  const random = seededRandom(seed, 'crowd/again');
  const yesterday = dayBefore(clock.wallMs());
  const visitOf = new Map<Identity, Visit>();
  const queue: Visit[] = [];
  const closing = new AbortController();
  const { signal } = closing;
  let arrived = 0;
  let isOver = false;
  let isPacking = false;
  const bell = new EventEmitter();
  const news = () => bell.emit('news');

  async function arrive(): Promise<void> {
    const startMs = clock.monotonicMs();
    while (arrived < (setup.visits ?? Number.POSITIVE_INFINITY) && !signal.aborted) {
      const { value: visit } = plan.next();
      const waitMs = startMs + visit.atMs - clock.monotonicMs();
      if (waitMs > 0) await pause(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      arrived += 1;
      queue.push(visit);
      news();
    }
    isOver = true;
    news();
  }

  async function serve(sampler: Sampler, visit: Visit): Promise<void> {
    const { kind, person, brings, celsius } = visit;
    const who = comer(person, brings, yesterday);
    visitOf.set(who.identity, visit);
    if (kind === 'corrected') {
      const stranger = comer(strangerOf(person), 'phone', yesterday);
      await sampler.sample(stranger, celsius);
      await sampler.correct(stranger.identity, who);
      return;
    }
    await sampler.sample(who, celsius);
    if (kind === 'undone') await sampler.takeBack(who.identity);
    if (kind !== 'voided') return;
    for (const identity of await sampler.voidTube(who.identity)) {
      const again = visitOf.get(identity);
      if (!again || random() >= comeAgainShare) continue;
      queue.push({ ...again, kind: again.brings });
    }
    news();
  }

  const inHands = () => new Set(samplers.map(({ tubeInHand }) => tubeInHand));
  /** Closed tubes that lie between the lanes. */
  function laidAside(): string[] {
    const hands = inHands();
    const packed = new Set([...books.boxes().values()].flatMap(({ tubes }) => [...tubes]));
    return [...books.tubes()].filter((tube) => !hands.has(tube) && !packed.has(tube) && books.inTube(tube).length > 0);
  }

  async function packWhatLiesThere(sampler: Sampler, atLeast: number): Promise<void> {
    const tubes = laidAside();
    if (isPacking || tubes.length < atLeast) return;
    isPacking = true;
    try {
      await sampler.packBox(tubes);
    } finally {
      isPacking = false;
    }
  }

  async function work(sampler: Sampler): Promise<void> {
    while (!signal.aborted) {
      const visit = queue.shift();
      if (!visit) {
        if (isOver) return;
        await once(bell, 'news');
        continue;
      }
      await serve(sampler, visit);
      await sampler.layAside();
      await pause(visit.handMs, undefined, { signal }).catch(() => {});
      await packWhatLiesThere(sampler, tubesPerBox);
    }
  }

  /** What a sampler cannot go on from stands in the books; the other lane goes on. */
  const working = samplers.map((sampler, at) =>
    work(sampler).catch((error: Error) => {
      if (!page.isStopped) books.odd(`${lanes[at]!.id} gave up: ${error.message}`);
    }),
  );
  const arriving = arrive();
  const served = Promise.all([arriving, ...working]).then(() => {});

  return {
    books,
    page,
    progress() {
      const slowest = slowestMs;
      slowestMs = 0;
      return {
        ...{ arrived, waiting: queue.length, tubes: books.tubes().size, boxes: books.boxes().size },
        backlog: page.health?.streams.reduce((sum, { pending }) => sum + pending, 0),
        slowestMs: slowest,
      };
    },
    scanToScreenMs: () => times,
    served,
    async close() {
      closing.abort();
      news();
      await served;
    },
    async closeHut() {
      for (const sampler of samplers) await sampler.closeTube();
      await packWhatLiesThere(samplers[0]!, 1);
      for (const sampler of samplers) await sampler.closeSession();
    },
    stop() {
      closing.abort();
      news();
      page.stop();
    },
  };
}

/** YYYYMMDD of the day before, where the hut stands. */
function dayBefore(wallMs: number): string {
  const day = new Date(wallMs);
  day.setDate(day.getDate() - 1);
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${day.getFullYear()}${pad(day.getMonth() + 1)}${pad(day.getDate())}`;
}
