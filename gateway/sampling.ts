/**
 * The lanes of a hut between their devices and the store. One thing at a time for the whole hut: what came in is decided
 * on what is committed, its events and the state they make go into one transaction, and only after it comes the tone. A
 * person is in one tube over all lanes because no second scan is looked at before the first one is on the disk.
 */
import type { Clock } from '../device-drivers/clock.ts';
import type { Reading } from '../device-drivers/driver.ts';
import type { CommittedView } from './contract/api.ts';
import type { EventData } from './contract/events.ts';
import type { HutSampling, LaneAction, LaneView, PublicMessage, Said, SayingCode } from './contract/lane.ts';
import type { ClockQuality } from './contract/streams.ts';
import type { CapturedAt } from './intake.ts';
import type { Classifier } from './lane/classify.ts';
import { decide } from './lane/decide.ts';
import type { BoxEntity, TubeEntity } from './lane/entities.ts';
import type { Happened, LaneEvent } from './lane/events.ts';
import { evolve } from './lane/evolve.ts';
import { forgetful, type KeptLog } from './lane/forget.ts';
import { type Change, createHut, entityKey } from './lane/hut.ts';
import type {
  Decision,
  Desk,
  Effect,
  Input,
  LaneCampaign,
  Now,
  Person,
  Saying,
  Shown,
  Turn,
} from './lane/situation.ts';
import { emptyDesk } from './lane/situation.ts';
import { deskAfterRestart, hutSampling, laneView } from './lane/view.ts';
import { maskName, maskNumber } from './privacy/mask.ts';
import { type Committed, type EventDraft, type StateMove, type Store, StoreRefused } from './store/store.ts';
import { committedView } from './told-store.ts';
import { rfc3339 } from './wall-time.ts';

/** The last three people of each lane, masked: what a screen shows after a power cut. Beside the state, not part of it. */
export const shownPrefix = 'sampling-shown/';

export interface LaneDevices {
  readonly id: string;
  /** Everything whose readings are this lane's. */
  readonly devices: readonly string[];
}

export interface SamplingParts {
  readonly lanes: readonly LaneDevices[];
  /** As they are now: a plan changes them for the next tube. */
  readonly campaign: () => LaneCampaign;
  readonly classify: Classifier;
  readonly store: Pick<Store, 'append'>;
  /** Rejects with StoreRefused. */
  readonly keptLog: () => Promise<KeptLog>;
  /** What the store has under `samplingPrefix` and `shownPrefix`. */
  readonly saved: ReadonlyMap<string, string>;
  readonly savedShown: ReadonlyMap<string, string>;
  readonly seal: (personal: object) => Promise<string>;
  readonly personRef: (idType: string, idNumber: string) => string;
  readonly clock: Clock;
  readonly clockQuality: () => ClockQuality;
  readonly bootId: string;
  readonly newId: () => string;
  readonly signer: (badge: string) => string;
  readonly boxTemperature: Turn['boxTemperature'];
  /** Asks for the PIN of this badge. */
  readonly badge: (lane: string, badge: string) => 'enter-pin' | 'unknown' | 'locked';
  readonly isBadgeWaiting: (lane: string) => boolean;
  /** Who signed in last on the lane's page and still is. */
  readonly operatorOf: (lane: string) => string | undefined;
  readonly labelState: (lane: string) => LaneView['label'];
  /** After the commit: tone, lamp, label, slip. */
  readonly after: (lane: string, saying: Saying, effects: readonly Effect[]) => void;
  readonly told: {
    readonly lane: (view: LaneView) => void;
    readonly sampling: (sampling: HutSampling) => void;
    readonly committed: (events: readonly CommittedView[]) => void;
    readonly queue: (lane: string, message: PublicMessage) => void;
  };
  /** What this device read was not recorded, and the lane has said so. */
  readonly notRecorded: (device: string, why: string) => void;
  /** A device with too much waiting is held at its wire. */
  readonly hold: (device: string) => void;
  readonly release: (device: string) => void;
  readonly log: { error(fields: object, message: string): void };
}

export interface Sampling {
  /** The lane that this device's readings belong to. */
  laneOf(device: string): string | undefined;
  accept(device: string, reading: Reading, at: CapturedAt): void;
  /** A reading of this lane's device was not taken, for a reason that is not the lane's. */
  unrecorded(device: string, why: string): void;
  /** The device itself left out a code or card that came again. */
  repeated(device: string): void;
  /** How many texts of this device were no code of the campaign, since the start. */
  unknownCodes(device: string): number;
  act(lane: string, action: LaneAction, operator: string): Promise<Said>;
  signedIn(lane: string, operator: string): Promise<Said>;
  /** The lane takes nothing more in this name until somebody signs in. */
  signedOut(lane: string, operator: string): Promise<Said>;
  lanes(): readonly LaneView[];
  sampling(): HutSampling;
  tube(code: string): TubeEntity | undefined;
  box(code: string): BoxEntity | undefined;
  boxes(): Iterable<BoxEntity>;
  /** What a printer did with a label of a lane. */
  printed(data: EventData<'sampling.label-printed'>): Promise<void>;
  /** Shows a lane again: something beside it changed (a label, a badge, the plan). */
  refresh(lane?: string): void;
  settled(): Promise<void>;
  stop(): void;
}

/** The queue's screen forgets within this. */
const publicForMs = 5_000;
const heldAbove = 50;
const releasedBelow = 10;
const overviewEveryMs = 30_000;
const lookAtTimesEveryMs = 60_000;
const forgetEveryMs = 3_600_000;

interface LastInput {
  /** Number of the answer. */
  readonly said: number;
  /** It may come again and be right then. */
  readonly refused?: Input;
}

interface Lane {
  readonly id: string;
  readonly devices: readonly string[];
  desk: Desk;
  said: Said | undefined;
  /** By device: its last code or card. Memory only. */
  readonly last: Map<string, LastInput>;
  cancelWindow: () => void;
}

export function createSampling(parts: SamplingParts): Sampling {
  const { store, clock, bootId, told } = parts;
  const hut = createHut(parts.saved);
  const lanes = new Map<string, Lane>();
  const laneByDevice = new Map<string, string>();
  for (const { id, devices } of parts.lanes) {
    for (const device of devices) laneByDevice.set(device, id);
    const { tube, session } = hut.get('lane', id) ?? {};
    const isSignedOut = session !== undefined && parts.operatorOf(id) !== session.operator;
    const desk = { ...emptyDesk, shown: readShown(parts.savedShown.get(shownPrefix + id)) };
    const fresh = { said: undefined, last: new Map<string, LastInput>(), cancelWindow: () => {} };
    lanes.set(id, { id, devices, desk: deskAfterRestart(desk, tube !== undefined, isSignedOut), ...fresh });
  }
  let saidCount = 0;
  let waiting: Promise<unknown> = Promise.resolve();
  const onTheWay = new Map<string, number>();
  const held = new Set<string>();
  const unknownCodes = new Map<string, number>();

  const momentOf = (at: CapturedAt): Now => ({
    ...{ time: rfc3339(at.wallMs), wallMs: at.wallMs, monoMs: Math.round(at.monoMs), bootId },
  });
  const nowAt = (): CapturedAt => ({ wallMs: clock.wallMs(), monoMs: clock.monotonicMs() });
  const turnOf = (lane: Lane, at: CapturedAt): Turn => ({
    laneId: lane.id,
    hut,
    lane: hut.get('lane', lane.id) ?? {},
    desk: lane.desk,
    campaign: parts.campaign(),
    now: momentOf(at),
    clockQuality: parts.clockQuality(),
    classify: parts.classify,
    personRef: parts.personRef,
    shown: ({ name, idNumber }) => (name === undefined || name === '' ? maskNumber(idNumber) : maskName(name)),
    signer: parts.signer,
    newId: parts.newId,
    boxTemperature: parts.boxTemperature,
  });

  /** One after the other, also when one fails: what throws is a bug, and must not stop the hut. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = waiting.then(work);
    waiting = done.catch(() => {});
    return done;
  }

  /** What came from a device. A repeat of what was refused is no repeat: nobody has recorded it. */
  async function takeFrom(device: string, lane: Lane, input: Input, at: CapturedAt): Promise<void> {
    const { said } = lane;
    const last = lane.last.get(device);
    const again = input.type === 'repeat' ? last?.refused : undefined;
    if (input.type === 'repeat' && said) {
      // The second shot of one pull of the trigger must not wipe away what the first one was answered.
      const isSameAnswer = again && isSameRefusal(decide(turnOf(lane, at), again).say, said);
      // A question that something else has asked since is not answered by a repeat, and whoever scanned is told so.
      const isOfAnother = said.tone === 'question' && last?.said !== said.id;
      if (again ? isSameAnswer : !isRecorded(said) && !isOfAnother) return;
    }
    const taken = again ?? input;
    const { id, tone, code, values } = await take(lane, taken, at);
    if (code === 'not-recorded') parts.notRecorded(device, String(values.why));
    if (code === 'code-too-long') parts.notRecorded(device, code);
    if (code === 'unknown-code' || code === 'code-too-long')
      unknownCodes.set(device, (unknownCodes.get(device) ?? 0) + 1);
    if (taken.type !== 'scan' && taken.type !== 'person') return;
    lane.last.set(device, { said: id, ...(tone === 'refused' && { refused: taken }) });
  }

  async function take(lane: Lane, input: Input, at: CapturedAt): Promise<Said> {
    const turn = turnOf(lane, at);
    const decision = decide(turn, input);
    if (decision.events.length === 0) return answer(lane, at, decision, undefined);
    try {
      return await commit(lane, turn, decision, at);
    } catch (error) {
      const why = error instanceof StoreRefused ? error.why : 'not-sealed';
      parts.log.error({ lane: lane.id, why }, 'a decision was NOT recorded');
      if (!(error instanceof StoreRefused) && !(error instanceof NotSealed)) throw error;
      return say(lane, at, { tone: 'refused', code: 'not-recorded', values: { why } }, undefined);
    }
  }

  async function commit(lane: Lane, turn: Turn, decision: Decision, at: CapturedAt): Promise<Said> {
    const { desk, events, primary, say } = decision;
    const shown = JSON.stringify(desk.shown);
    const beside = desk.shown === lane.desk.shown ? [] : [{ key: shownPrefix + lane.id, value: shown }];
    const written = await write(events, turn.now, beside);
    told.committed(
      written.map(({ type, subject, time, seq }, index) => ({
        ...{ stream: 'sampling', seq, eventType: type, at: time },
        summary: [lane.id, subject, index === primary ? say.values.shown : undefined].filter(Boolean).join(' '),
      })),
    );
    return answer(lane, at, decision, written[primary]!.seq);
  }

  /** Events and the state they make, in one transaction. Nobody has been told of them when it resolves. */
  async function write(
    events: readonly LaneEvent[],
    { time, monoMs }: Now,
    beside: readonly StateMove[] = [],
  ): Promise<readonly (EventDraft & Committed)[]> {
    const clockQuality = parts.clockQuality();
    const draft = hut.draft();
    const drafts: EventDraft[] = [];
    for (const event of events) {
      const pii = event.personal ? await sealed(event.personal) : event.pii;
      evolve(draft, { ...event, ...(pii !== undefined && { pii }), at: { time, monoMs, bootId } } as Happened);
      drafts.push({
        ...{ stream: 'sampling', type: event.type, time, monoMs, clockQuality },
        ...(event.subject !== undefined && { subject: event.subject }),
        data: JSON.stringify(event.data),
        ...(pii !== undefined && { pii }),
      });
    }
    const changes = draft.changes();
    const numbers = await store.append(drafts, [...movesOf(changes), ...beside]);
    hut.apply(changes);
    return drafts.map((event, index) => ({ ...event, ...numbers[index]! }));
  }

  /** No tone: nobody stands there who did something. A label that is not in the log is not asked for either. */
  async function notePrinted(data: EventData<'sampling.label-printed'>): Promise<void> {
    const { lane = '', code } = data;
    const event = { type: 'sampling.label-printed', data, ...(code !== undefined && { subject: code }) } as const;
    try {
      const written = await write([event], momentOf(nowAt()));
      told.committed(written.map((one) => committedView(one, one)));
    } catch (error) {
      if (!(error instanceof StoreRefused)) throw error;
      parts.log.error({ lane, why: error.why }, 'that a label was printed was NOT recorded');
      return;
    }
    if (lanes.has(lane)) show(lanes.get(lane)!);
  }

  async function sealed(personal: object): Promise<string> {
    try {
      return await parts.seal(personal);
    } catch {
      throw new NotSealed();
    }
  }

  /** What comes after the commit, or instead of one. */
  function answer(lane: Lane, at: CapturedAt, decision: Decision, seq: number | undefined): Said {
    const wasWaiting = decision.effects.find(({ effect }) => effect === 'pin');
    lane.desk = decision.desk;
    if (decision.person) tellQueue(lane.id, decision.person);
    const badge = wasWaiting?.effect === 'pin' ? parts.badge(lane.id, wasWaiting.badge) : undefined;
    if (badge === 'unknown') return say(lane, at, { tone: 'refused', code: 'badge-unknown', values: {} }, undefined);
    if (badge === 'locked') return say(lane, at, { tone: 'refused', code: 'badge-locked', values: {} }, undefined);
    const told = say(lane, at, decision.say, seq, decision.effects);
    if (decision.events.length > 0) tellOverview();
    return told;
  }

  function say(
    lane: Lane,
    at: CapturedAt,
    saying: Saying,
    seq: number | undefined,
    effects: readonly Effect[] = [],
  ): Said {
    saidCount += 1;
    const { tone, code, values } = saying;
    lane.said = {
      ...{ id: saidCount, tone, code, values: { ...values }, at: rfc3339(at.wallMs) },
      ...(seq !== undefined && { event: { stream: 'sampling', seq } }),
    };
    parts.after(lane.id, saying, effects);
    show(lane);
    return lane.said;
  }

  function tellQueue(lane: string, { slot, shown, icon }: NonNullable<Decision['person']>): void {
    // Whoever brought no name is masked by the ends of a number: the queue is not to see those either.
    const name = shown.endsWith('*') ? shown : '*';
    told.queue(lane, {
      type: 'person',
      ...(slot !== undefined && { slot }),
      shown: name,
      icon,
      clearsInMs: publicForMs,
    });
  }

  const viewOf = (lane: Lane) =>
    laneView(turnOf(lane, nowAt()), {
      ...(lane.said && { said: lane.said }),
      isBadgeWaiting: parts.isBadgeWaiting(lane.id),
      label: parts.labelState(lane.id),
    });

  /** Until a sampling window begins or ends; sooner, because the clock may be set or synchronised meanwhile. */
  function timesLookMs(): number | undefined {
    const { windows } = parts.campaign();
    if (!windows) return undefined;
    const moments = windows.flatMap(({ from, to }) => [Date.parse(from), Date.parse(to)]);
    const ahead = moments.map((ms) => ms - clock.wallMs()).filter((ms) => ms > 0);
    return Math.min(lookAtTimesEveryMs, ...ahead);
  }

  /** Buttons of a window that passes are gone when it has: shown again then. */
  function show(lane: Lane): void {
    const view = viewOf(lane);
    told.lane(view);
    lane.cancelWindow();
    const left = [view.undoLeftMs, view.reopenLeftMs, timesLookMs()].filter((ms) => ms !== undefined);
    lane.cancelWindow = left.length > 0 ? clock.after(Math.min(...left) + 1, () => show(lane)) : () => {};
  }

  const overview = () => hutSampling(hut, parts.campaign(), clock.wallMs());
  function tellOverview(): void {
    told.sampling(overview());
  }
  let cancelOverview = clock.after(overviewEveryMs, function again() {
    tellOverview();
    cancelOverview = clock.after(overviewEveryMs, again);
  });

  /** Tubes and boxes that left long ago shrink, then go. With a clock that is wrong nothing is old. */
  async function forget(): Promise<void> {
    if (parts.clockQuality() === 'unsynced') return;
    try {
      const changes = forgetful(hut, momentOf(nowAt()), await parts.keptLog());
      if (changes.length === 0) return;
      await store.append([], movesOf(changes));
      hut.apply(changes);
    } catch (error) {
      if (!(error instanceof StoreRefused)) throw error;
    }
  }
  let cancelForget = () => {};
  const forgetAgain = () => {
    void inTurn(forget);
    cancelForget = clock.after(forgetEveryMs, forgetAgain);
  };
  forgetAgain();

  function count(device: string, by: number): void {
    const now = (onTheWay.get(device) ?? 0) + by;
    onTheWay.set(device, now);
    if (now > heldAbove && !held.has(device)) {
      held.add(device);
      parts.hold(device);
    } else if (now < releasedBelow && held.delete(device)) parts.release(device);
  }

  const enqueue = (device: string, input: Input, at: CapturedAt) => {
    const lane = lanes.get(laneByDevice.get(device)!)!;
    count(device, 1);
    void inTurn(() => takeFrom(device, lane, input, at)).finally(() => count(device, -1));
  };

  return {
    laneOf: (device) => laneByDevice.get(device),
    accept(device, reading, at) {
      const input = inputOf(reading);
      if (input) enqueue(device, input, at);
    },
    unrecorded(device, why) {
      const lane = lanes.get(laneByDevice.get(device) ?? '');
      const code = unrecordedBecause.get(why) ?? 'not-recorded';
      if (lane) say(lane, nowAt(), { tone: 'refused', code, values: { why } }, undefined);
    },
    repeated: (device) => enqueue(device, { type: 'repeat' }, nowAt()),
    unknownCodes: (device) => unknownCodes.get(device) ?? 0,
    act: (lane, action, operator) =>
      inTurn(() => take(lanes.get(lane)!, { type: 'action', action, operator }, nowAt())),
    signedIn: (lane, operator) => inTurn(() => take(lanes.get(lane)!, { type: 'signed-in', operator }, nowAt())),
    signedOut: (lane, operator) => inTurn(() => take(lanes.get(lane)!, { type: 'signed-out', operator }, nowAt())),
    lanes: () => [...lanes.values()].map(viewOf),
    sampling: overview,
    tube: (code) => hut.get('tube', code),
    box: (code) => hut.get('box', code),
    boxes: hut.boxes,
    printed: (data) => inTurn(() => notePrinted(data)),
    refresh(id) {
      for (const lane of lanes.values()) if (id === undefined || lane.id === id) show(lane);
    },
    settled: async () => {
      await waiting;
    },
    stop() {
      cancelOverview();
      cancelForget();
      for (const lane of lanes.values()) lane.cancelWindow();
    },
  };
}

const movesOf = (changes: readonly Change[]): StateMove[] =>
  changes.map(({ kind, id, entity }) => ({
    key: entityKey(kind, id),
    value: entity === undefined ? null : JSON.stringify(entity),
  }));

class NotSealed extends Error {
  override readonly name = 'NotSealed';
}

const isSameRefusal = ({ tone, code }: Saying, said: Said) => tone === 'refused' && code === said.code;

/** What was said last is that something is recorded: only then may a repeat say that it is. */
const isRecorded = ({ tone, code }: Said) =>
  (tone === 'ok' || tone === 'full' || tone === 'repeat') && code !== 'person-removed';

/** By fault code; anything else was not taken by the disk. */
const unrecordedBecause: ReadonlyMap<string, SayingCode> = new Map<string, SayingCode>([
  ['pair-unconfirmed', 'not-identified-scanner'],
  ['other-unit', 'not-identified-scanner'],
  ['card-unreadable', 'card-unreadable'],
  ['card-read-failed', 'card-unreadable'],
  ['card-wrong-type', 'card-unreadable'],
  ['card-not-authenticated', 'card-unreadable'],
  ['document-misread', 'card-unreadable'],
]);

/** undefined: nothing that a lane has a use for. */
function inputOf(reading: Reading): Input | undefined {
  switch (reading.type) {
    case 'scan':
      return { type: 'scan', text: reading.text, symbology: reading.symbology };
    case 'identity': {
      const { source, idType, idNumber, name, birthDate, nationality, validTo } = reading;
      const person: Person = {
        ...{ idType, idNumber, name, birthDate, nationality, validTo },
        ...{ via: source, cls: 'normal', provisional: false },
      };
      return { type: 'person', person };
    }
    case 'temperature':
      return { type: 'temperature', celsius: reading.quality === 'invalid' ? null : reading.celsius };
    case 'input':
      return undefined;
  }
}

/** A screen that cannot be read again is empty, which is better than none. */
function readShown(text: string | undefined): readonly Shown[] {
  return text === undefined ? [] : (JSON.parse(text) as readonly Shown[]);
}
