/**
 * Scan-back: a label that was printed is scanned once, which proves that it can be read and is on the right thing. It is
 * asked for and never waited for: persons, tubes and boxes go on as they would without it. Which label is still to be
 * scanned follows from the log, so it is asked for after a restart too.
 */
import { here, record, refuse, repeat, tail } from './answer.ts';
import type { BoxEntity, TubeEntity } from './entities.ts';
import type { Decision, Turn } from './situation.ts';

/** What is asked for: empty when nothing is to be scanned back in this hut. The one that was printed last comes first. */
export function uncheckedLabels({ hut, laneId, campaign }: Turn): {
  tubes: readonly string[];
  boxes: readonly string[];
} {
  if (!campaign.scanBack) return { tubes: [], boxes: [] };
  const isWanted = ({ label }: TubeEntity | BoxEntity) => label?.lane === laneId && label.isChecked !== true;
  // Nobody asks for a tube in a box: packing scanned it.
  const tubes = [...hut.tubes()].filter((tube) => isWanted(tube) && (tube.state === 'open' || tube.state === 'closed'));
  const boxes = [...hut.boxes()].filter((box) => isWanted(box) && box.state !== 'handed-over');
  return { tubes: newestFirst(tubes), boxes: newestFirst(boxes) };
}

const newestFirst = (things: readonly (TubeEntity | BoxEntity)[]) =>
  things.toSorted((a, b) => b.label!.at.localeCompare(a.label!.at)).map(({ code }) => code);

/** The scan of a label that was asked for. A question stays as it is. Undefined: it is some other scan. */
export function checkLabel(turn: Turn, kind: 'tubes' | 'boxes', code: string): Decision | undefined {
  if (!uncheckedLabels(turn)[kind].includes(code)) return undefined;
  const event = { type: 'sampling.label-checked', subject: code, data: { ...here(turn), code } } as const;
  const { question } = turn.desk;
  return record(turn, [event], { code: 'label-checked', values: { code: tail(code) } }, { change: { question } });
}

/**
 * Any other scan of what is known, while a label is asked for; or of a label that was checked. Undefined: neither. A
 * closed tube that is scanned where a new one is wanted may be meant as that one: it is no repeat, but a used code.
 */
export function notTheLabel(turn: Turn, kind: 'tubes' | 'boxes', code: string): Decision | undefined {
  const { hut, lane, laneId, campaign } = turn;
  const thing = hut.get('tube', code) ?? hut.get('box', code);
  if (!thing) return undefined;
  const [expected] = uncheckedLabels(turn)[kind];
  if (expected !== undefined) return refuse(turn, 'label-of-other', { code: tail(code), expected: tail(expected) });
  const isMine = campaign.scanBack && thing.label?.lane === laneId && thing.label.isChecked === true;
  const isWanted = thing.state === 'closed' && lane.tube === undefined && lane.lastClosed?.tube !== code;
  return isMine && isLabelled(thing) && !isWanted ? repeat(turn, 'label-is-checked', { code: tail(code) }) : undefined;
}

const isLabelled = ({ state }: TubeEntity | BoxEntity) => state === 'closed' || state === 'sealed';
