/** Tubes and boxes that stand about in the hut, to be scanned once more: for packing, counting, handing over. Pure. */
import type { Hut } from '../hut.ts';

export interface KnownCode {
  readonly code: string;
  readonly what: 'tube' | 'box';
}

/** Enough for a full box; newest first. */
const shownMax = 24;

/** Of the open tube, the tubes in no box and those in this lane's box; then the boxes. Each once. */
export function knownCodes({ lanes, sampling }: Pick<Hut, 'lanes' | 'sampling'>, lane: string): readonly KnownCode[] {
  const own = lanes.find(({ id }) => id === lane);
  const tubes = [
    ...(own?.tube ? [own.tube.code] : []),
    ...(sampling?.unpacked ?? []).map(({ code }) => code),
    ...(own?.box?.tubes ?? []).toReversed(),
  ];
  const boxes = (sampling?.boxes ?? []).map(({ code }) => code);
  return [
    ...[...new Set(tubes)].slice(0, shownMax).map((code): KnownCode => ({ code, what: 'tube' })),
    ...boxes.slice(0, shownMax).map((code): KnownCode => ({ code, what: 'box' })),
  ];
}
