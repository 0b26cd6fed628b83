/** Packing: every tube is scanned into its box, counted again before the seal, and the box is given away by two signers. */
import { ask, note, record, refuse, repeat, tail } from './answer.ts';
import type { LaneEvent } from './events.ts';
import type { Hut } from './hut.ts';
import { boxOf } from './in-hand.ts';
import { checkLabel, notTheLabel } from './labels.ts';
import type { Decision, Turn } from './situation.ts';

/** Who packs, and where; a box belongs to the hut and not to a session. */
const at = ({ laneId, lane }: Turn) => ({ lane: laneId, operator: lane.session!.operator });

/** Tubes meant for the box that are not in it and were not given up. */
export function expectedIn(hut: Hut, box: string): readonly string[] {
  const found: string[] = [];
  for (const { code, meantFor, missing, state } of hut.tubes())
    if (meantFor === box && missing !== true && (state === 'open' || state === 'closed')) found.push(code);
  return found;
}

export function onBox(turn: Turn, code: string): Decision {
  const { hut, desk, campaign } = turn;
  const { question } = desk;
  const box = hut.get('box', code);
  if (question?.code === 'hand-over-which-box') return askCourier(turn, code);
  if (question?.code === 'reopen-which-box') return reopenBox(turn, code, question.reason);
  if (question) return refuse(turn, 'answer-first');
  const checked = checkLabel(turn, 'boxes', code);
  if (checked) return checked;
  if (desk.mode === 'sampling' && campaign.flow !== 'box-first') return refuse(turn, 'not-now');
  if (box?.state === 'handed-over') return refuse(turn, 'box-is-gone', { box: tail(code) });
  if (box?.state === 'sealed')
    return notTheLabel(turn, 'boxes', code) ?? refuse(turn, 'box-is-sealed', { box: tail(code) });
  if (box) return note(turn, 'box-chosen', { box: tail(code), count: box.tubes.length }, { box: code });
  if (hut.get('tube', code) || hut.isKnownPerson(turn.personRef('99', code))) return refuse(turn, 'box-code-used');
  const data = { box: code, ...at(turn) };
  return record(
    turn,
    [{ type: 'sampling.box-opened', subject: code, data }],
    { code: 'box-opened', values: { box: tail(code) } },
    { change: { box: code } },
  );
}

export function onTubeToPack(turn: Turn, code: string): Decision {
  const { hut, desk } = turn;
  const { question } = desk;
  const box = boxOf(turn);
  const tube = hut.get('tube', code);
  if (question?.code === 'unpack-which-tube') return unpack(turn, code, question.reason);
  if (question?.code === 'count-box') return countOne(turn, question.scanned, code);
  if (question) return refuse(turn, 'answer-first');
  if (!box) return refuse(turn, 'scan-box-first');
  if (box.state !== 'open') return refuse(turn, 'box-is-sealed', { box: tail(box.code) });
  if (!tube) return refuse(turn, 'tube-unknown', { tube: tail(code) });
  if (tube.state === 'open') return refuse(turn, 'tube-still-open', { tube: tail(code) });
  if (tube.state === 'voided') return refuse(turn, 'tube-voided-already', { tube: tail(code) });
  if (tube.box === box.code) return repeat(turn, 'tube-is-packed', { tube: tail(code), count: box.tubes.length });
  if (tube.box !== undefined) return refuse(turn, 'tube-in-other-box', { tube: tail(code), box: tail(tube.box) });
  if (tube.roster.length === 0) return refuse(turn, 'tube-empty');
  const { id: session, operator } = turn.lane.session!;
  const data = { lane: turn.laneId, session, operator, tube: code, box: box.code };
  return record(turn, [{ type: 'sampling.tube-packed', subject: code, data }], {
    code: 'tube-packed',
    values: { tube: tail(code), count: box.tubes.length + 1 },
  });
}

function unpack(turn: Turn, code: string, reason: string): Decision {
  const box = boxOf(turn);
  const tube = turn.hut.get('tube', code);
  if (box?.state !== 'open') return refuse(turn, 'box-not-open');
  if (tube?.box !== box.code) return refuse(turn, 'tube-not-in-box', { tube: tail(code) });
  const { id: session, operator } = turn.lane.session!;
  const data = { lane: turn.laneId, session, operator, tube: code, box: box.code, reason };
  return record(turn, [{ type: 'sampling.tube-unpacked', subject: code, data }], {
    code: 'tube-unpacked',
    values: { tube: tail(code), count: box.tubes.length - 1 },
  });
}

export function askMissing(turn: Turn, reason: string): Decision {
  const box = boxOf(turn);
  if (box?.state !== 'open') return refuse(turn, 'box-not-open');
  const tubes = expectedIn(turn.hut, box.code).filter((code) => turn.hut.get('tube', code)?.state === 'closed');
  if (tubes.length === 0) return refuse(turn, 'not-now');
  return ask(turn, { code: 'missing-tubes', reason, tubes }, { count: tubes.length, reason });
}

export function giveUp(turn: Turn, tubes: readonly string[], reason: string): Decision {
  const box = boxOf(turn);
  if (box?.state !== 'open') return refuse(turn, 'box-not-open');
  const data = { ...at(turn), box: box.code, tubes: [...tubes], reason };
  const values = { count: tubes.length, reason };
  return record(turn, [{ type: 'sampling.tubes-missing', subject: box.code, data }], {
    code: 'tubes-missing-recorded',
    values,
  });
}

export function beginSeal(turn: Turn): Decision {
  const box = boxOf(turn);
  if (!box) return refuse(turn, 'scan-box-first');
  if (box.state !== 'open') return refuse(turn, 'box-is-sealed', { box: tail(box.code) });
  if (box.tubes.length === 0) return refuse(turn, 'box-empty');
  const missing = expectedIn(turn.hut, box.code);
  if (missing.length > 0) return refuse(turn, 'tubes-still-missing', { count: missing.length });
  return ask(turn, { code: 'count-box', scanned: [] }, { box: tail(box.code), count: box.tubes.length });
}

/** Counting by scanning: the hand takes each tube once more. */
function countOne(turn: Turn, scanned: readonly string[], code: string): Decision {
  const box = boxOf(turn);
  if (!box) return refuse(turn, 'scan-box-first');
  if (!box.tubes.includes(code)) return refuse(turn, 'tube-not-in-box', { tube: tail(code) });
  const values = { count: scanned.length + 1, of: box.tubes.length };
  if (scanned.includes(code)) return repeat(turn, 'tube-is-counted', { tube: tail(code) });
  const now = [...scanned, code];
  if (now.length === box.tubes.length) return ask(turn, { code: 'scan-seal', counted: now.length }, values);
  return note(turn, 'counted', values, { question: { code: 'count-box', scanned: now } });
}

/** A count that was typed, or `that is all` after scanning. */
export function counted(turn: Turn, count: number): Decision {
  const { question } = turn.desk;
  if (question?.code === 'count-by-courier') return handOver(turn, question.box, question.courier, count);
  if (question?.code !== 'count-box') return refuse(turn, 'not-now');
  const box = boxOf(turn);
  if (!box) return refuse(turn, 'scan-box-first');
  const system = box.tubes.length;
  if (count !== system) return refuse(turn, 'count-differs', { system, counted: count });
  return ask(turn, { code: 'scan-seal', counted: count }, { count, of: system });
}

export function onSeal(turn: Turn, seal: string): Decision {
  const { question } = turn.desk;
  const box = boxOf(turn);
  if (question && question.code !== 'scan-seal') return refuse(turn, 'answer-first');
  if (!question || !box || box.state !== 'open') return refuse(turn, 'not-now');
  if (turn.hut.isUsedSeal(seal)) return refuse(turn, 'seal-used', { seal: tail(seal) });
  // Nothing can have changed between the count and the seal on this lane, but another lane may have packed meanwhile.
  if (box.tubes.length !== question.counted)
    return refuse(turn, 'count-differs', { system: box.tubes.length, counted: question.counted });
  const { min, max, excursions = 0 } = turn.boxTemperature(box) ?? {};
  const { destination } = turn.campaign;
  const data = {
    ...{ box: box.code, ...at(turn), seal, tubes: [...box.tubes], counted: question.counted },
    ...(destination !== undefined && { destination }),
    ...(min !== undefined && max !== undefined && { temperature: { min, max, excursions } }),
  };
  return record(
    turn,
    [{ type: 'sampling.box-sealed', subject: box.code, data }],
    { code: 'box-sealed', values: { box: tail(box.code), seal: tail(seal), count: box.tubes.length } },
    { effects: [{ effect: 'label', kind: 'box', code: box.code, when: 'close' }] },
  );
}

/** undefined: it is sealed. */
function notSealed(turn: Turn, code: string): Decision | undefined {
  const box = turn.hut.get('box', code);
  if (!box) return refuse(turn, 'box-unknown', { box: tail(code) });
  if (box.state === 'handed-over') return refuse(turn, 'box-is-gone', { box: tail(code) });
  if (box.state !== 'sealed') return refuse(turn, 'box-not-sealed', { box: tail(code) });
  return undefined;
}

function reopenBox(turn: Turn, code: string, reason: string): Decision {
  const unfit = notSealed(turn, code);
  if (unfit) return unfit;
  const data = { box: code, ...at(turn), reason };
  return record(
    turn,
    [{ type: 'sampling.box-opened', subject: code, data }],
    { code: 'box-reopened', values: { box: tail(code), reason } },
    { change: { box: code } },
  );
}

/** A sealed box on the desk need not be scanned again. */
export function beginHandOver(turn: Turn): Decision {
  const box = boxOf(turn);
  return box?.state === 'sealed' ? askCourier(turn, box.code) : ask(turn, { code: 'hand-over-which-box' });
}

function askCourier(turn: Turn, code: string): Decision {
  const unfit = notSealed(turn, code);
  if (unfit) return unfit;
  return ask(turn, { code: 'scan-courier', box: code }, { box: tail(code) }, { box: code });
}

export function onCourier(turn: Turn, badge: string): Decision {
  const { question } = turn.desk;
  if (question?.code !== 'scan-courier') return refuse(turn, 'not-now');
  const courier = turn.signer(badge);
  if (courier === turn.lane.session!.operator) return refuse(turn, 'same-signer');
  const { box } = question;
  return ask(turn, { code: 'count-by-courier', box, courier }, { box: tail(box) });
}

function handOver(turn: Turn, code: string, courier: string, count: number): Decision {
  const box = turn.hut.get('box', code);
  if (box?.state !== 'sealed') return refuse(turn, 'box-not-sealed', { box: tail(code) });
  const system = box.tubes.length;
  if (count !== system) return refuse(turn, 'count-differs', { system, counted: count });
  const { operator } = turn.lane.session!;
  const event: LaneEvent = {
    type: 'sampling.box-handed-over',
    subject: code,
    data: { box: code, operator, courier, counted: count },
  };
  const values = { box: tail(code), count };
  return record(turn, [event], { code: 'box-handed-over', values }, { change: { box: undefined } });
}
