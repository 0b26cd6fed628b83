/**
 * Which devices feed which lane must not change under an open tube: what is in it was bound through the scanner that the
 * lane had (workflow 3.6, two scanners swapped). Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/load.ts';

type Mapped = Pick<Config, 'lanes' | 'devices'>;

/** What a lane has in hand: a tube's code, or that people wait for theirs. */
export interface InHand {
  readonly lane: string;
  readonly tube?: string | undefined;
  readonly waiting: number;
}

/** One line for each lane whose readers would be others while it has something in hand. Empty: `after` may be taken over. */
export function lanesInTheWay(before: Mapped, after: Mapped, inHand: readonly InHand[]): readonly string[] {
  return inHand.flatMap(({ lane, tube, waiting }) => {
    if (tube === undefined && waiting === 0) return [];
    if (isDeepStrictEqual(readersOf(before, lane), readersOf(after, lane))) return [];
    const what = tube === undefined ? `${waiting} people wait for their tube` : `tube ${tube} is open`;
    return [`${lane}: ${what}; its scanners and readers may change when that is finished`];
  });
}

/** By what they are and where they are plugged in: two addresses exchanged are two scanners exchanged. */
function readersOf({ lanes, devices }: Mapped, id: string) {
  const lane = lanes.find((one) => one.id === id);
  if (!lane) return undefined;
  const { scanner, extraScanners, card, thermometer } = lane;
  return [scanner, ...extraScanners, card, thermometer].map((device) => {
    const found = devices.find((one) => one.id === device);
    return found && { driver: found.driver, at: found.at };
  });
}
