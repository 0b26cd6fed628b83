/**
 * The lane: one thing comes in (a scan, a card, a tap, a temperature), one decision comes out. Pure: it looks at the
 * state, the desk and the time it is given; the events it returns are committed with the state they make, or nothing is.
 */
import type { LaneAction } from '../contract/lane.ts';
import { ask, note, refuse, repeat } from './answer.ts';
import {
  askMissing,
  beginHandOver,
  beginSeal,
  counted,
  giveUp,
  onBox,
  onCourier,
  onSeal,
  onTubeToPack,
} from './boxes.ts';
import type { Classified } from './classify.ts';
import { groupOf } from './in-hand.ts';
import { addAgain, askCorrection, discardGroup, onPerson, undo } from './persons.ts';
import { closeSession, mayCloseSession, onSignedIn } from './sessions.ts';
import type { Decision, Input, Turn } from './situation.ts';
import { askVoid, closeAndOpen, closeTube, onTube, reopenTube, replaceEmpty, voidTube } from './tubes.ts';

export function decide(turn: Turn, input: Input): Decision {
  switch (input.type) {
    case 'signed-in':
      return onSignedIn(turn, input.operator);
    case 'signed-out':
      return note(
        turn,
        'paused',
        {},
        { isSignedOut: turn.desk.isSignedOut || turn.lane.session?.operator === input.operator },
      );
    case 'repeat':
      return repeat(turn, 'same-code');
    case 'scan':
      return onScan(turn, turn.classify(input.text, input.symbology));
    case 'person':
      return working(turn) ?? onPerson(turn, input.person);
    case 'temperature':
      return working(turn) ?? onTemperature(turn, input.celsius);
    case 'action':
      return onAction(turn, input.action, input.operator);
  }
}

function onScan(turn: Turn, classified: Classified): Decision {
  switch (classified.kind) {
    case 'command':
      return onAction(turn, classified.action, turn.lane.session?.operator);
    case 'identify':
      // Answered where devices are told apart, before it comes here.
      return refuse(turn, 'not-now');
    case 'operator':
      if (turn.desk.question?.code === 'scan-courier') return onCourier(turn, classified.code);
      return withPin(turn, classified.code);
    case 'unknown':
      if (classified.why === 'too-long') return refuse(turn, 'code-too-long');
      return working(turn) ?? refuse(turn, 'unknown-code');
  }
  const away = working(turn);
  if (away) return away;
  const isPacking = turn.desk.mode === 'packing';
  switch (classified.kind) {
    case 'courier':
      return onCourier(turn, classified.code);
    case 'tube':
      // A tube to be voided may be asked for in either mode.
      if (isPacking && turn.desk.question?.code !== 'void-which-tube') return onTubeToPack(turn, classified.code);
      return onTube(turn, classified.code);
    case 'box':
      return onBox(turn, classified.code);
    case 'seal':
      return isPacking ? onSeal(turn, classified.code) : refuse(turn, 'not-now');
    case 'person': {
      const { kind: _, ...person } = classified;
      return onPerson(turn, person);
    }
  }
}

/** Undefined: somebody is signed in and the lane is open. */
function working(turn: Turn): Decision | undefined {
  if (!turn.lane.session || turn.desk.isSignedOut) return refuse(turn, 'sign-in-first');
  if (turn.desk.isPaused) return refuse(turn, 'lane-paused');
  return undefined;
}

function withPin(turn: Turn, badge: string): Decision {
  const decision = note(turn, 'pin');
  return {
    ...decision,
    say: { tone: 'question', code: 'pin', values: { operator: turn.signer(badge) } },
    effects: [{ effect: 'pin', badge }],
  };
}

function onTemperature(turn: Turn, celsius: number | null): Decision {
  if (celsius === null) return refuse(turn, 'temperature-invalid');
  const fever = celsius >= turn.campaign.feverC ? 1 : 0;
  return note(turn, 'temperature', { celsius, fever }, { temperature: { celsius, monoMs: turn.now.monoMs } });
}

function onAction(turn: Turn, action: LaneAction, operator: string | undefined): Decision {
  const { lane, desk } = turn;
  if (!lane.session || desk.isSignedOut) return refuse(turn, 'sign-in-first');
  if (operator !== lane.session.operator) return refuse(turn, 'other-operator');
  if (action.action === 'resume') return note(turn, 'resumed', {}, { isPaused: false });
  if (desk.isPaused) return refuse(turn, 'lane-paused');
  if (action.action === 'confirm') return yes(turn);
  if (action.action === 'cancel') return note(turn, 'cancelled', {}, { question: undefined, isSingleNext: false });
  if (action.action === 'count') return counted(turn, action.count);
  // A typed number answers the question as a scan would; another command drops it.
  if (action.action === 'manual') return manual(turn, action.idType, action.idNumber);
  if (action.action === 'temperature') return onTemperature(turn, action.celsius);
  return begin({ ...turn, desk: { ...desk, question: undefined } }, action);
}

type Command = Exclude<LaneAction, { action: 'resume' | 'confirm' | 'cancel' | 'count' | 'manual' | 'temperature' }>;

function begin(turn: Turn, action: Command): Decision {
  const { lane, desk } = turn;
  const isPacking = desk.mode === 'packing';
  switch (action.action) {
    case 'undo':
      return isPacking ? refuse(turn, 'not-now') : undo(turn);
    case 'correct':
      return isPacking ? refuse(turn, 'not-now') : askCorrection(turn);
    case 'close-tube':
      return closeTube(turn);
    case 'reopen-tube':
      return reopenTube(turn);
    case 'void-tube':
      return askVoid(turn, isPacking ? undefined : lane.tube, action.reason);
    case 'exclude':
      return isPacking
        ? refuse(turn, 'not-now')
        : ask(turn, { code: 'exclude-who', reason: action.reason }, { reason: action.reason });
    case 'divert':
      return isPacking ? refuse(turn, 'not-now') : ask(turn, { code: 'divert-who' });
    case 'single':
      return note(turn, 'single-tube-next', {}, { isSingleNext: true });
    case 'discard-group': {
      const group = groupOf(turn);
      return group ? ask(turn, { code: 'discard-group' }, { count: group.roster.length }) : refuse(turn, 'no-group');
    }
    case 'pause':
      return note(turn, 'paused', {}, { isPaused: true });
    case 'close-session': {
      const { persons, tubes } = lane.session!;
      return mayCloseSession(turn) ?? ask(turn, { code: 'close-session' }, { persons, tubes });
    }
    case 'pack':
      return note(turn, 'packing', {}, { mode: 'packing' });
    case 'sample':
      return note(turn, 'sampling', {}, { mode: 'sampling' });
    case 'unpack':
      return isPacking
        ? ask(turn, { code: 'unpack-which-tube', reason: action.reason }, { reason: action.reason })
        : refuse(turn, 'not-now');
    case 'missing':
      return askMissing(turn, action.reason);
    case 'seal':
      return isPacking ? beginSeal(turn) : refuse(turn, 'not-now');
    case 'reopen-box':
      return isPacking
        ? ask(turn, { code: 'reopen-which-box', reason: action.reason }, { reason: action.reason })
        : refuse(turn, 'not-now');
    case 'hand-over':
      return isPacking ? beginHandOver(turn) : refuse(turn, 'not-now');
    case 'reprint':
      return { ...note(turn, 'reprinting'), effects: [{ effect: 'reprint' }] };
  }
}

/** A typed resident number goes the way of a scanned one, check digit included; other documents have none. */
function manual(turn: Turn, idType: string, idNumber: string): Decision {
  const text = idNumber.toUpperCase();
  const classified = turn.classify(text, undefined);
  if (classified.kind === 'person' && classified.idType === idType && !classified.provisional) {
    const { kind: _, ...person } = classified;
    return onPerson(turn, { ...person, via: 'manual' });
  }
  if (idType === '01' || !/^[A-Z0-9]{4,32}$/.test(text)) return refuse(turn, 'id-number-wrong');
  const person = { idType, idNumber: text, via: 'manual', cls: 'normal', provisional: false } as const;
  return onPerson(turn, person as Parameters<typeof onPerson>[1]);
}

function yes(turn: Turn): Decision {
  const { desk } = turn;
  const { question } = desk;
  const answered = { ...turn, desk: { ...desk, question: undefined } };
  switch (question?.code) {
    case 'close-and-open':
      return closeAndOpen(answered, question.tube);
    case 'replace-empty-tube':
      return replaceEmpty(answered, question.tube);
    case 'sampled-earlier':
      return addAgain(answered, question.person, question.earlierTube);
    case 'void-tube':
      return voidTube(answered, question.tube, question.reason);
    case 'discard-group':
      return discardGroup(answered);
    case 'close-session':
      return closeSession(answered);
    case 'missing-tubes':
      return giveUp(answered, question.tubes, question.reason);
    case 'count-box':
      return counted(turn, question.scanned.length);
    default:
      return refuse(turn, 'not-now');
  }
}
