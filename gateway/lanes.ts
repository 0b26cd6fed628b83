/**
 * Puts the lanes of a hut together: the campaign in force, the classifier, the sampling, its lamps, its labels. Part of
 * the composition root, apart because a hut without lanes has none of it.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Config } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import type { Clock } from '../device-drivers/clock.ts';
import type { Driver, Reading } from '../device-drivers/driver.ts';
import type { Fault, FaultCode } from '../device-drivers/faults.ts';
import type { Feed } from './api/feed.ts';
import type { HutView } from './api/view.ts';
import { type Campaign, campaignWith, classifierRules } from './campaign.ts';
import type { PublicMessage, SayingCode } from './contract/lane.ts';
import type { PlanMessage } from './contract/messages.ts';
import type { ClockQuality } from './contract/streams.ts';
import { makeIdentityOf } from './identity-of-text.ts';
import type { CapturedAt } from './intake.ts';
import { labelLanguageOf, loadTemplates, renderLabel } from './labels/labels.ts';
import type { LabelLanguage } from './labels/template.ts';
import { type Classifier, makeClassifier } from './lane/classify.ts';
import type { KeptLog } from './lane/forget.ts';
import { samplingPrefix } from './lane/hut.ts';
import { createRepeatFilter } from './lane/repeat-filter.ts';
import type { LaneCampaign, Turn } from './lane/situation.ts';
import { createLaneLabels, type LabelRequest } from './lane-labels.ts';
import { signal } from './lane-signals.ts';
import type { Log } from './log.ts';
import { createSampling, type Sampling, shownPrefix } from './sampling.ts';
import type { Secrets } from './secrets.ts';
import type { SignIn } from './sign-in/sign-in.ts';
import type { Staff } from './sign-in/staff.ts';
import type { EventDraft, StateMove, Store } from './store/store.ts';
import type { Supervisor } from './supervisor/supervise.ts';
import { committedView } from './told-store.ts';
import { rfc3339 } from './wall-time.ts';

export interface LanesParts {
  readonly config: Config;
  readonly secrets: Pick<Secrets, 'seal' | 'references'>;
  readonly store: Pick<Store, 'append' | 'state' | 'status' | 'batches' | 'giveBack'>;
  readonly clock: Clock;
  readonly clockQuality: () => ClockQuality;
  readonly bootId: string;
  readonly staff: Pick<Staff, 'withBadge'>;
  readonly signIn: Pick<SignIn, 'badgeScanned' | 'isBadgeWaiting' | 'laneUsed' | 'operatorOf'>;
  readonly devices: Pick<Supervisor, 'command' | 'hold' | 'release'>;
  readonly boxTemperature: Turn['boxTemperature'];
  readonly drivers: ReadonlyMap<string, Driver>;
  /** The lane has said it already; `why` is a code. */
  readonly notRecorded: (device: string, why: string) => void;
  readonly feed: Pick<Feed, 'lane' | 'sampling' | 'committed'>;
  /** The event of a plan that was applied. */
  readonly planApplied: (version: string, sha256: string) => EventDraft;
  readonly log: Log;
}

export interface Lanes {
  readonly sampling: Sampling;
  /** True: the reading is a lane's, and nobody else's. */
  accept(device: string, reading: Reading, at: CapturedAt): boolean;
  /** True: the device is a lane's. */
  repeated(device: string): boolean;
  /** A code that was no text, a card that was not read, a measurement that was no person's: somebody waits for an answer. */
  fault(device: string, fault: Fault): void;
  /** Keeps a plan of the centre for the next tube; one line for each key that is wrong. */
  plan(plan: PlanMessage): Promise<readonly string[]>;
  readonly planVersion: string | undefined;
  readonly publicNews: NonNullable<HutView['publicNews']>;
  stop(): void;
}

/** In force, and the one that the centre sent for later. */
const planPrefix = 'plan/';
const planKeys = { current: `${planPrefix}current`, next: `${planPrefix}next` } as const;
const minuteMs = 60_000;
/** The wall clock may be set meanwhile. */
const lookAgainMs = 15 * minuteMs;
/** By a tap, maybe: the scan that comes then is one in its own right, though the lane had this code last. */
const takenBack: ReadonlySet<SayingCode> = new Set(['person-removed', 'group-discarded', 'cancelled']);

export async function startLanes(parts: LanesParts): Promise<Lanes> {
  const { config, secrets, store, clock, feed, log, clockQuality } = parts;
  const lanesById = new Map(config.lanes.map((lane) => [lane.id, lane]));
  const savedPlans = await store.state(planPrefix);
  const identityOf = makeIdentityOf(() =>
    clockQuality() === 'unsynced' ? undefined : rfc3339(clock.wallMs()).slice(0, 10),
  );

  interface InForce {
    readonly campaign: Campaign;
    readonly classify: Classifier;
    /** The plan as it is saved; absent while only the configuration speaks. */
    readonly saved?: string;
  }
  const inForce = (campaign: Campaign, saved?: string): InForce => ({
    campaign,
    classify: makeClassifier(classifierRules(campaign, identityOf)),
    ...(saved !== undefined && { saved }),
  });
  function readSaved(text: string | undefined): InForce | undefined {
    if (text === undefined) return undefined;
    const { campaign, errors } = campaignWith(config.campaign, JSON.parse(text) as PlanMessage);
    if (campaign) return inForce(campaign, text);
    log.warn({ errors }, 'a saved plan does not fit this configuration any more');
    return undefined;
  }
  let current = readSaved(savedPlans.get(planKeys.current)) ?? inForce(config.campaign as Campaign);
  let next = readSaved(savedPlans.get(planKeys.next));
  /** A plan for later waits for its time; with a clock that cannot be trusted it is taken at once. */
  const isLater = ({ validFrom }: Campaign) =>
    validFrom !== undefined && clockQuality() !== 'unsynced' && Date.parse(validFrom) > clock.wallMs();
  const now = (): InForce => {
    if (!next || isLater(next.campaign)) return current;
    // Once the clock is right it may turn out that it was too early.
    if (clockQuality() === 'unsynced') return next;
    current = next;
    next = undefined;
    return current;
  };
  /** Without anything happening at a lane its screen would go on asking for what the plan before wanted. */
  let cancelNext = () => {};
  const awaitNext = () => {
    cancelNext();
    if (!next || !isLater(next.campaign)) return;
    const ms = Date.parse(next.campaign.validFrom!) - clock.wallMs();
    cancelNext = clock.after(Math.min(ms, lookAgainMs), () => {
      sampling.refresh();
      awaitNext();
    });
  };

  const listeners = new Set<(lane: string, message: PublicMessage) => void>();
  const repeats = createRepeatFilter(config.campaign.repeatMs);
  const { templates, problems } = await loadTemplates(config.labels.dir, parts.drivers);
  for (const problem of problems) log.error({ problem: formatProblem(problem) }, 'a label template is not used');
  const driverOf = new Map(config.devices.map(({ id, driver }) => [id, driver]));
  const labels = createLaneLabels({
    laneOf: (lane) => lanesById.get(lane)!,
    when: config.labels,
    command: parts.devices.command,
    render(printer, request) {
      const language = labelLanguageOf(driverOf.get(printer) ?? '');
      return language && rendered(language, request);
    },
    record: (data) => void sampling.printed(data),
    newJobId: randomUUID,
  });
  const { name: site } = config.gateway.site;
  function rendered(language: LabelLanguage, request: LabelRequest): ReturnType<typeof renderLabel> | undefined {
    const now = { site, clockQuality: clockQuality() };
    if (request.kind === 'box') {
      const box = sampling.box(request.code);
      if (!box) return undefined;
      const { seals, tubes, closedAt, openedAt } = box;
      const seal = seals.at(-1);
      const { destination } = config.campaign;
      return renderLabel(templates, 'box', language, {
        ...{ ...now, box: box.code, tubes: tubes.length, sealedAt: closedAt ?? openedAt },
        ...(seal !== undefined && { seal }),
        ...(destination !== undefined && { destination }),
      });
    }
    const tube = sampling.tube(request.code);
    if (!tube) return undefined;
    if (request.kind === 'slip') {
      const { slot, shown: name } = request;
      return renderLabel(templates, 'slip', language, {
        ...{ ...now, tube: tube.code, slot, name, sampledAt: rfc3339(clock.wallMs()) },
      });
    }
    const { code, lane, capacity: poolSize, roster, openedAt, state } = tube;
    return renderLabel(templates, 'tube', language, {
      ...{ ...now, tube: code, lane, poolSize, openedAt },
      ...(state !== 'open' && { count: roster.length }),
    });
  }
  const sampling = createSampling({
    lanes: config.lanes.map(({ id, scanner, extraScanners, card, thermometer }) => ({
      id,
      devices: [scanner, ...extraScanners, card, thermometer].filter((device) => device !== undefined),
    })),
    campaign: () => laneCampaign(now().campaign, config.labels.scanBack),
    classify: (text, symbology) => now().classify(text, symbology),
    store,
    keptLog: () => keptLog(store),
    saved: await store.state(samplingPrefix),
    savedShown: await store.state(shownPrefix),
    seal: secrets.seal,
    personRef: secrets.references.personRef,
    ...{ clock, clockQuality, bootId: parts.bootId, newId: randomUUID },
    signer: (badge) => parts.staff.withBadge(badge)?.id ?? badge,
    badge: (lane, badge) => parts.signIn.badgeScanned(lane, badge).answer,
    isBadgeWaiting: (lane) => parts.signIn.isBadgeWaiting(lane),
    operatorOf: (lane) => parts.signIn.operatorOf(lane),
    boxTemperature: parts.boxTemperature,
    labelState: labels.state,
    after(lane, saying, effects) {
      if (saying.tone === 'refused' || takenBack.has(saying.code)) repeats.forget(lane);
      parts.signIn.laneUsed(lane);
      signal(parts.devices.command, lanesById.get(lane)!, saying.tone);
      labels.after(lane, effects);
    },
    told: {
      ...feed,
      queue(lane, message) {
        for (const listener of listeners) listener(lane, message);
      },
    },
    notRecorded: parts.notRecorded,
    hold: parts.devices.hold,
    release: parts.devices.release,
    log,
  });
  labels.onChanged((lane) => sampling.refresh(lane));
  awaitNext();

  return {
    sampling,
    accept(device, reading, at) {
      const lane = sampling.laneOf(device);
      if (lane === undefined || reading.type === 'input') return false;
      if (reading.type === 'scan' && repeats.isRepeat(lane, reading.text, at.monoMs)) sampling.repeated(device);
      else sampling.accept(device, reading, at);
      return true;
    },
    repeated(device) {
      if (sampling.laneOf(device) === undefined) return false;
      sampling.repeated(device);
      return true;
    },
    fault(device, { code }) {
      const reading = unusable.get(code);
      if (code.startsWith('card-') || code === 'document-misread') sampling.unrecorded(device, code);
      else if (reading && sampling.laneOf(device) !== undefined)
        sampling.accept(device, reading, { wallMs: clock.wallMs(), monoMs: clock.monotonicMs() });
    },
    async plan(plan) {
      const { campaign, errors } = campaignWith(config.campaign, plan);
      if (!campaign) return errors;
      const value = JSON.stringify(plan);
      const sha256 = createHash('sha256').update(value).digest('hex');
      const waits = isLater(campaign);
      // What came into force by itself is not saved as such yet.
      const { saved: staying } = now();
      const moves: StateMove[] = waits
        ? [{ key: planKeys.next, value }, ...(staying === undefined ? [] : [{ key: planKeys.current, value: staying }])]
        : [
            { key: planKeys.current, value },
            { key: planKeys.next, value: null },
          ];
      const applied = parts.planApplied(plan.version, sha256);
      const [number] = await store.append([applied], moves);
      feed.committed([committedView(applied, number!)]);
      if (waits) next = inForce(campaign, value);
      else {
        current = inForce(campaign, value);
        next = undefined;
      }
      awaitNext();
      sampling.refresh();
      return [];
    },
    get planVersion() {
      return (next ?? current).campaign.version;
    },
    publicNews(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      cancelNext();
      sampling.stop();
      labels.stop();
    },
  };
}

async function keptLog(store: Pick<Store, 'status' | 'batches' | 'giveBack'>): Promise<KeptLog> {
  const { streams } = await store.status();
  const last = streams.find(({ stream }) => stream === 'sampling')!.lastSeq;
  const [batch] = await store.batches('sampling', 0, { eventsMax: 1, payloadBytesMax: 1, batchesMax: 1 });
  if (batch) store.giveBack(batch.payload);
  return { first: batch?.first ?? last + 1, last };
}

/** What a lane is given for it: a text that is no code, a value that is none. */
const unusable: ReadonlyMap<FaultCode, Reading> = new Map<FaultCode, Reading>([
  ['code-unreadable', { type: 'scan', text: '' }],
  ['code-incomplete', { type: 'scan', text: '' }],
  ['measurement-unreadable', { type: 'temperature', celsius: null, quality: 'invalid' }],
]);

const laneCampaign = (campaign: Campaign, scanBack: boolean): LaneCampaign => ({
  ...{ round: campaign.round, kind: campaign.kind, flow: campaign.flow },
  poolSize: campaign.kind === 'resample' ? 1 : campaign.poolSize,
  ...{ feverC: campaign.feverC, temperature: campaign.temperature, vaccineHours: campaign.vaccineHours },
  undoMs: campaign.undoSeconds * 1_000,
  reopenMs: campaign.reopenSeconds * 1_000,
  amberMs: campaign.tubeAge.amberMinutes * minuteMs,
  redMs: campaign.tubeAge.redMinutes * minuteMs,
  destination: campaign.destination,
  scanBack,
  ...(campaign.windows && { windows: campaign.windows.map(({ from, to }) => ({ from: local(from), to: local(to) })) }),
});

/** The plan may have been written in another zone; screens show the time of the hut. */
const local = (instant: string) => rfc3339(Date.parse(instant));
