/**
 * Lanes on a bench: the real sampling over a store that is a list and a map, with a clock that is turned by hand, and a
 * power switch at each step of a commit. Everything that was ever said, committed or kept can be looked at afterwards.
 */
import { createHmac } from 'node:crypto';
import { configSchema } from '../../config/schema.ts';
import type { Clock } from '../../device-drivers/clock.ts';
import type { Reading } from '../../device-drivers/driver.ts';
import { campaignWith, classifierRules } from '../../gateway/campaign.ts';
import type { EventData } from '../../gateway/contract/events.ts';
import type { LaneAction, PublicMessage, Said } from '../../gateway/contract/lane.ts';
import { makeIdentityOf } from '../../gateway/identity-of-text.ts';
import { makeClassifier } from '../../gateway/lane/classify.ts';
import type { KeptLog } from '../../gateway/lane/forget.ts';
import { samplingPrefix } from '../../gateway/lane/hut.ts';
import type { Effect, LaneCampaign } from '../../gateway/lane/situation.ts';
import { createSampling, type Sampling, shownPrefix } from '../../gateway/sampling.ts';
import { type EventDraft, type StateMove, StoreRefused } from '../../gateway/store/store.ts';

export interface LoggedEvent {
  readonly seq: number;
  readonly type: string;
  readonly subject?: string;
  readonly data: Record<string, unknown>;
  readonly time: string;
  readonly monoMs: number;
  readonly bootId: string;
  readonly pii?: string;
}

/** What the store does with the next append. */
export type Power = 'on' | 'refuse' | 'off-before' | 'off-after';

const benchCodes = {
  tube: '^T\\d{10}$',
  box: '^B\\d{8}$',
  seal: '^S\\d{8}$',
  operator: '^OP\\d{6}$',
  courier: '^CR\\d{6}$',
};
const benchPersons = [
  {
    name: 'phone',
    pattern:
      '^QR:(?<idNumber>\\d{17}[\\dX])\\|(?<name>[^|]{1,32})\\|(?<phone>\\d{0,11})(?:\\|v(?<vaccinated>\\d{8}))?$',
    via: 'qr',
  },
  { name: 'single', pattern: '^Q1:(?<idNumber>\\d{17}[\\dX])\\|(?<name>[^|]{1,32})$', via: 'qr', class: 'single' },
  { name: 'paper', pattern: '^P:[A-Z0-9]{8,24}$', via: 'paper' },
];

export interface BenchOptions {
  readonly lanes?: readonly string[];
  readonly campaign?: Partial<LaneCampaign>;
  /** A real store that is given the same, for tests of what becomes of it on the disk. */
  readonly store?: {
    append(drafts: readonly EventDraft[], moves: readonly StateMove[]): void;
    keptLog(): KeptLog;
  };
}

export function createLaneBench({ lanes = ['lane-1'], campaign: more = {}, store }: BenchOptions = {}) {
  const log: LoggedEvent[] = [];
  let state = new Map<string, string>();
  let power: Power = 'on';
  let wallMs = Date.parse('2022-11-07T07:00:00+08:00');
  let monoMs = 1_000;
  let boot = 1;
  let ids = 0;
  const signedIn = new Map<string, string>();
  let isDead = false;
  let isClockSet = false;
  let firstKept = 1;
  let died = () => {};
  let death = new Promise<void>((resolve) => {
    died = resolve;
  });
  const heard = new Set<Said>();
  const said: { readonly lane: string; readonly said: Said }[] = [];
  const effects: { readonly lane: string; readonly effect: Effect }[] = [];
  let printed = 0;
  const queue: PublicMessage[] = [];
  const sealedTexts: string[] = [];

  const clock: Clock = {
    wallMs: () => wallMs,
    monotonicMs: () => monoMs,
    after: () => () => {},
  } as Clock;
  let campaign: LaneCampaign = {
    ...{ round: 'r1', kind: 'normal', poolSize: 5, flow: 'tube-first', feverC: 37.3, temperature: 'off' },
    ...{ vaccineHours: 48, undoMs: 60_000, reopenMs: 120_000, amberMs: 7_200_000, redMs: 12_600_000 },
    scanBack: false,
    ...more,
  };
  const parsed = configSchema.shape.campaign.parse({ codes: benchCodes, persons: benchPersons });
  const configured = campaignWith(parsed, { version: 'bench' }).campaign!;
  const classify = makeClassifier(
    classifierRules(
      configured,
      makeIdentityOf(() => '2022-11-07'),
    ),
  );
  const personRef = (idType: string, idNumber: string) =>
    createHmac('sha256', 'bench').update(`${idType}|${idNumber}`).digest('base64url');

  async function append(drafts: readonly EventDraft[], moves: readonly StateMove[] = []) {
    const how = power;
    power = 'on';
    if (how === 'refuse') throw new StoreRefused('disk-full', 'no room');
    if (how === 'off-before') return die();
    const numbers = drafts.map(({ stream, type, subject, data, time, monoMs, pii }) => {
      const seq = log.length + 1;
      log.push({
        ...{ seq, type, data: JSON.parse(data), time, monoMs, bootId: `boot-${boot}` },
        ...(subject !== undefined && { subject }),
        ...(pii !== undefined && { pii }),
      });
      return { stream, seq };
    });
    for (const { key, value } of moves) value === null ? state.delete(key) : state.set(key, value);
    store?.append(drafts, moves);
    if (how === 'off-after') return die();
    return numbers;
  }
  /** No answer ever comes back to a process that is no more. */
  function die(): Promise<never> {
    isDead = true;
    died();
    return new Promise(() => {});
  }

  const start = (): Sampling =>
    createSampling({
      lanes: lanes.map((id) => ({ id, devices: [`${id}/scanner`, `${id}/card`] })),
      campaign: () => campaign,
      classify,
      store: { append },
      keptLog: async () => store?.keptLog() ?? { first: firstKept, last: log.length },
      saved: new Map([...state].filter(([key]) => key.startsWith(samplingPrefix))),
      savedShown: new Map([...state].filter(([key]) => key.startsWith(shownPrefix))),
      seal: async (personal) => {
        sealedTexts.push(JSON.stringify(personal));
        return `e30.x.x.${Buffer.from(String(sealedTexts.length)).toString('base64url')}.x`;
      },
      personRef,
      clock,
      // A clock that somebody set is trusted for nothing; least of all for what is old enough to be forgotten.
      clockQuality: () => (isClockSet ? 'unsynced' : 'synced'),
      bootId: `boot-${boot}`,
      newId: () => {
        ids += 1;
        return `id-${ids}`;
      },
      signer: (badge) => badge,
      badge: () => 'enter-pin',
      isBadgeWaiting: () => false,
      operatorOf: (lane) => signedIn.get(lane),
      boxTemperature: () => undefined,
      labelState: () => ({ waiting: 0 }),
      notRecorded: () => {},
      after: (lane, _saying, all) => effects.push(...all.map((effect) => ({ lane, effect }))),
      told: {
        lane({ id, said: last }) {
          if (last && !heard.has(last)) said.push({ lane: id, said: last });
          if (last) heard.add(last);
        },
        sampling: () => {},
        committed: () => {},
        queue: (_lane, message) => queue.push(message),
      },
      hold: () => {},
      release: () => {},
      log: { error: () => {} },
    });
  let sampling = start();

  const view = (lane: string) => sampling.lanes().find(({ id }) => id === lane)!;

  /** Notes a new saying, or starts again after the power went. */
  async function done(lane: string): Promise<Said | undefined> {
    await Promise.race([sampling.settled(), death]);
    if (isDead) {
      restart();
      return undefined;
    }
    return view(lane).said;
  }
  function restart(isReboot = false): void {
    sampling.stop();
    isDead = false;
    death = new Promise<void>((resolve) => {
      died = resolve;
    });
    if (isReboot) boot += 1;
    // A session of the page does not outlive the machine's.
    if (isReboot) signedIn.clear();
    if (isReboot) monoMs = 5;
    sampling = start();
  }

  return {
    log,
    said,
    effects,
    queue,
    sealedTexts,
    personRef,
    state: () => state,
    view,
    sampling: () => sampling,
    campaign: () => campaign,
    plan(change: Partial<LaneCampaign>) {
      campaign = { ...campaign, ...change };
    },
    power(next: Power) {
      power = next;
    },
    now: () => ({ wallMs, monoMs }),
    /** Time goes on, or the wall clock alone is set. */
    wait(ms: number) {
      monoMs += ms;
      wallMs += ms;
    },
    setWallClock(ms: number, isSynced = false) {
      isClockSet = !isSynced;
      wallMs = ms;
    },
    /** Everything so far is confirmed, and was purged: the log begins with what comes now. */
    purge() {
      firstKept = log.length + 1;
    },
    /** Until everything that waits is done, what is forgotten at a start among it; or the power went. */
    async settled() {
      await Promise.race([sampling.settled(), death]);
      if (isDead) restart();
    },
    /** What the store still has of the log. */
    keptLog: () => log.slice(firstKept - 1),
    restart,
    /** The file is the one of before: what a test spoils by hand. */
    spoil(change: (state: Map<string, string>) => void) {
      state = new Map(state);
      change(state);
    },
    scan: (lane: string, text: string, symbology?: string) => {
      const reading: Reading = { type: 'scan', text, ...(symbology !== undefined && { symbology }) };
      sampling.accept(`${lane}/scanner`, reading, { wallMs, monoMs });
      return done(lane);
    },
    read: (lane: string, reading: Reading) => {
      sampling.accept(`${lane}/scanner`, reading, { wallMs, monoMs });
      return done(lane);
    },
    /** A printer does, or does not, what the lanes asked for since the last time. */
    async print(outcome: EventData<'sampling.label-printed'>['outcome'] = 'done') {
      for (; printed < effects.length; printed += 1) {
        const { lane, effect } = effects[printed]!;
        if (effect.effect !== 'label') continue;
        const job = { device: 'printer-1', jobId: `job-${printed}`, lane, code: effect.code, copies: 1, outcome };
        void sampling.printed(job);
        await done(lane);
      }
    },
    async signIn(lane: string, operator: string) {
      signedIn.set(lane, operator);
      void sampling.signedIn(lane, operator);
      return done(lane);
    },
    async act(lane: string, action: LaneAction) {
      void sampling.act(lane, action, view(lane).operator ?? 'nobody');
      return done(lane);
    },
  };
}

export type LaneBench = ReturnType<typeof createLaneBench>;
