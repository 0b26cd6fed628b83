/** What the screen of a lane shows, and what the hut as a whole has lying about. Pure; nothing here was ever unmasked. */
import type { HutSampling, LaneActionName, LaneView, NextStep } from '../contract/lane.ts';
import { tail } from './answer.ts';
import { expectedIn } from './boxes.ts';
import type { Hut } from './hut.ts';
import { boxOf, groupOf, tubeOf } from './in-hand.ts';
import { uncheckedLabels } from './labels.ts';
import { lastInHand, measured } from './persons.ts';
import { isWithin, newest } from './roster.ts';
import { samplingTimes } from './sampling-times.ts';
import type { Desk, LaneCampaign, Now, Question, Turn } from './situation.ts';
import { nextCapacity } from './tube-events.ts';

/** What the gateway adds that is not the lane's: the last answer, a badge that waits, labels. */
export interface Beside {
  readonly said?: LaneView['said'];
  readonly isBadgeWaiting: boolean;
  readonly label: LaneView['label'];
}

export function laneView(turn: Turn, { said, isBadgeWaiting, label }: Beside): LaneView {
  const { laneId, lane, desk, hut, campaign, now } = turn;
  const { session } = lane;
  const tube = tubeOf(turn);
  const group = groupOf(turn);
  const lastTube = lane.lastClosed && hut.get('tube', lane.lastClosed.tube);
  const celsius = measured(turn);
  const box = boxView(turn);
  const question = desk.question && questionView(desk.question);
  const windows = windowsOf(turn);
  const times = samplingTimes(turn);
  const { tubes, boxes } = uncheckedLabels(turn);
  const toCheck = [...boxes, ...tubes];
  return {
    id: laneId,
    phase: !session || desk.isSignedOut ? 'signed-out' : desk.isPaused ? 'paused' : 'open',
    mode: desk.mode,
    ...(session && {
      operator: session.operator,
      session: {
        ...{ id: session.id, round: session.round, openedAt: session.openedAt },
        ...{ persons: session.persons, tubes: session.tubes },
      },
    }),
    flow: campaign.flow,
    poolSize: campaign.poolSize,
    temperatures: campaign.temperature,
    next: isBadgeWaiting ? { step: 'enter-pin', values: {} } : nextStep(turn),
    ...(tube && {
      tube: {
        ...{ code: tube.code, count: tube.roster.length, capacity: tube.capacity },
        ...{ unconfirmed: desk.isUnconfirmed, openedAt: tube.openedAt },
      },
    }),
    ...(group && { group: { count: group.roster.length, capacity: nextCapacity(turn) } }),
    lastPersons: desk.shown.map(({ slot, shown, via, at }) => ({ slot, shown, via, at })),
    ...(lastTube?.closedAt !== undefined && {
      lastTube: {
        ...{ code: lastTube.code, count: lastTube.roster.length },
        ...{ capacity: lastTube.capacity, closedAt: lastTube.closedAt },
      },
    }),
    ...(celsius !== undefined && { temperature: { celsius, fever: celsius >= campaign.feverC } }),
    ...(question && { question }),
    ...(said && { said }),
    ...(times && { samplingTimes: times }),
    ...windows,
    ...(desk.resample && { resample: { tube: desk.resample.tube, slots: [...desk.resample.slots] } }),
    ...(box && { box }),
    can: session && !desk.isSignedOut ? possible(turn, now) : [],
    label: { ...label, ...(toCheck.length > 0 && { unchecked: toCheck }) },
  };
}

function questionView(question: Question): NonNullable<LaneView['question']> {
  const values: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(question))
    if (key !== 'code' && (typeof value === 'string' || typeof value === 'number'))
      values[key === 'earlierTube' ? 'tube' : key] = /^(tube|box|earlierTube)$/.test(key) ? tail(String(value)) : value;
  const tubes = 'tubes' in question ? question.tubes : undefined;
  return { code: question.code, values, ...(tubes && { tubes: [...tubes] }) };
}

function boxView(turn: Turn): LaneView['box'] {
  const { desk, hut } = turn;
  const box = boxOf(turn);
  if (!box || box.state === 'handed-over') return undefined;
  const { question } = desk;
  const temperature = turn.boxTemperature(box);
  return {
    ...{ code: box.code, state: box.state, tubes: [...box.tubes], expected: [...expectedIn(hut, box.code)] },
    ...(temperature && { temperature }),
    ...(question?.code === 'count-box' && { scanned: [...question.scanned] }),
    ...(question?.code === 'scan-seal' && { counted: question.counted }),
  };
}

/** What is left of the two windows, for the countdown on the screen. */
function windowsOf({ lane, hut, desk, campaign, now }: Turn): { undoLeftMs?: number; reopenLeftMs?: number } {
  if (!lane.session || desk.isUnconfirmed) return {};
  const code = lane.tube ?? lane.lastClosed?.tube;
  const tube = code === undefined ? undefined : hut.get('tube', code);
  const group = lane.tube === undefined && lane.group !== undefined ? hut.get('group', lane.group) : undefined;
  const last = newest(group?.roster ?? (tube && (tube.state === 'open' || tube.state === 'closed') ? tube.roster : []));
  const undoes = last && isWithin(last.at, now, campaign.undoMs) ? campaign.undoMs - (now.monoMs - last.at.monoMs) : 0;
  const { lastClosed } = lane;
  const isReopenable =
    lane.tube === undefined &&
    tube?.state === 'closed' &&
    tube.roster.length < tube.capacity &&
    lastClosed?.operator === lane.session.operator &&
    isWithin(lastClosed.at, now, campaign.reopenMs);
  const reopens = isReopenable ? campaign.reopenMs - (now.monoMs - lastClosed.at.monoMs) : 0;
  return {
    ...(undoes > 0 && { undoLeftMs: Math.round(undoes) }),
    ...(reopens > 0 && { reopenLeftMs: Math.round(reopens) }),
  };
}

function nextStep(turn: Turn): LaneView['next'] {
  const { lane, desk, campaign } = turn;
  const { question } = desk;
  const step = (step: NextStep, values: Record<string, string | number> = {}) => ({ step, values });
  if (!lane.session || desk.isSignedOut) return step('sign-in');
  if (desk.isPaused) return step('resume');
  if (question?.code === 'count-box' || question?.code === 'count-by-courier') return step('count-tubes');
  if (question?.code === 'scan-seal') return step('scan-seal');
  if (question?.code === 'scan-courier') return step('scan-courier');
  if (question) return step('answer');
  if (desk.mode === 'packing') {
    const box = boxOf(turn);
    return box?.state === 'open' ? step('scan-tube-to-pack') : step('scan-box-to-pack');
  }
  const tube = tubeOf(turn);
  if (tube && desk.isUnconfirmed) return step('confirm-tube', { tube: tail(tube.code) });
  if (tube || campaign.flow === 'people-first') {
    const group = groupOf(turn);
    const count = tube?.roster.length ?? group?.roster.length ?? 0;
    if (!tube && count >= nextCapacity(turn)) return step('scan-tube-of-group');
    if (campaign.temperature === 'required' && measured(turn) === undefined) return step('measure');
    return step('scan-person', { slot: count + 1 });
  }
  if (campaign.flow === 'box-first' && boxOf(turn)?.state !== 'open') return step('scan-box');
  return desk.isSingleNext ? step('scan-single-tube') : step('scan-tube');
}

/** The buttons that make sense now. What is missing here is refused with a reason all the same. */
function possible(turn: Turn, now: Now): LaneActionName[] {
  const { desk, lane, hut, campaign } = turn;
  const { question } = desk;
  if (desk.isPaused) return ['resume'];
  if (question) {
    const withYes = ['close-and-open', 'replace-empty-tube', 'sampled-earlier', 'void-tube', 'discard-group'];
    const isYes = [...withYes, 'close-session', 'missing-tubes'].includes(question.code);
    const isCounted = question.code === 'count-box' || question.code === 'count-by-courier';
    const isWho = ['correct-who', 'exclude-who', 'divert-who'].includes(question.code);
    return [
      ...(isYes ? (['confirm'] as const) : []),
      ...(isCounted ? (['count'] as const) : []),
      ...(question.code === 'count-box' && question.scanned.length > 0 ? (['confirm'] as const) : []),
      ...(isWho ? (['manual'] as const) : []),
      'cancel',
    ];
  }
  const box = boxOf(turn);
  if (desk.mode === 'packing') {
    const isOpen = box?.state === 'open';
    const waits = isOpen && expectedIn(hut, box.code).length > 0;
    return [
      ...(isOpen && box.tubes.length > 0 ? (['seal', 'unpack'] as const) : []),
      ...(waits ? (['missing'] as const) : []),
      ...['hand-over' as const, 'reopen-box' as const, 'void-tube' as const, 'sample' as const, 'reprint' as const],
    ];
  }
  const tube = tubeOf(turn);
  const { undoLeftMs, reopenLeftMs } = windowsOf({ ...turn, now });
  const isReady = tube !== undefined && !desk.isUnconfirmed;
  return [
    ...(undoLeftMs === undefined ? [] : (['undo'] as const)),
    ...(reopenLeftMs === undefined ? [] : (['reopen-tube'] as const)),
    ...(!desk.isUnconfirmed && lastInHand(turn) ? (['correct'] as const) : []),
    ...(isReady && tube.roster.length > 0 ? (['close-tube'] as const) : []),
    'void-tube',
    ...(isReady || campaign.flow === 'people-first' ? (['manual'] as const) : []),
    ...(campaign.temperature !== 'off' ? (['temperature'] as const) : []),
    ...['exclude' as const, 'divert' as const],
    ...(tube ? [] : (['single'] as const)),
    ...(lane.group === undefined ? [] : (['discard-group'] as const)),
    ...['pack' as const, 'reprint' as const, 'pause' as const],
    ...(tube || lane.group !== undefined ? [] : (['close-session'] as const)),
  ];
}

/** Open and closed tubes age from the first swab until they are handed over. */
export function hutSampling(hut: Hut, campaign: Pick<LaneCampaign, 'amberMs' | 'redMs'>, wallMs: number): HutSampling {
  let oldest: { code: string; firstSwabAt: string; at: number } | undefined;
  const unpacked: HutSampling['unpacked'] = [];
  for (const { code, state, firstSwabAt, closedAt, roster, missing } of hut.tubes()) {
    if (state === 'closed' && missing !== true && closedAt !== undefined)
      unpacked.push({ code, count: roster.length, closedAt });
    if (state === 'voided' || state === 'handed-over' || firstSwabAt === undefined) continue;
    const at = Date.parse(firstSwabAt);
    if (!oldest || at < oldest.at) oldest = { code, firstSwabAt, at };
  }
  const ageMs = oldest && Math.max(0, wallMs - oldest.at);
  const level = ageMs === undefined || ageMs < campaign.amberMs ? 'ok' : ageMs < campaign.redMs ? 'amber' : 'red';
  const boxes: HutSampling['boxes'] = [];
  for (const { code, state, tubes } of hut.boxes())
    if (state !== 'handed-over') boxes.push({ code, state, tubes: tubes.length });
  return {
    ...(oldest &&
      ageMs !== undefined && { oldestTube: { code: oldest.code, firstSwabAt: oldest.firstSwabAt, ageMs, level } }),
    unpacked,
    boxes,
  };
}

/** After a restart: who was last is known, the tube in hand is not, and perhaps not who stands there. */
export const deskAfterRestart = (desk: Desk, hasOpenTube: boolean, isSignedOut: boolean): Desk => ({
  ...desk,
  isUnconfirmed: hasOpenTube,
  isSignedOut,
});
