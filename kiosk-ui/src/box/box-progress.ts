/** How far a box is, and what to compare while packing and counting. Pure. */
import type { LaneView } from '../lane/words.ts';

export interface BoxProgress {
  readonly steps: 'seal' | 'hand-over';
  /** Index of the step that is to be done; all before it are done. */
  readonly at: 0 | 1 | 2 | 3;
}

export function progressOf({ question, box }: LaneView): BoxProgress {
  switch (question?.code) {
    case 'count-box':
      return { steps: 'seal', at: 1 };
    case 'scan-seal':
      return { steps: 'seal', at: 2 };
    case 'hand-over-which-box':
      return { steps: 'hand-over', at: 0 };
    case 'scan-courier':
      return { steps: 'hand-over', at: 1 };
    case 'count-by-courier':
      return { steps: 'hand-over', at: 2 };
    default:
      return { steps: 'seal', at: box?.state === 'sealed' ? 3 : 0 };
  }
}

export interface Compare {
  readonly title: 'missing' | 'not-counted' | 'unpacked';
  /** Full codes of the tubes to look for. */
  readonly tubes: readonly string[];
}

/** What the hand has to find: while counting what was not counted, else what this box expects, else what is in no box. */
export function compareOf({ box, question }: LaneView, unpacked: readonly string[]): Compare {
  if (box && question?.code === 'count-box') {
    const seen = new Set(box.scanned ?? []);
    return { title: 'not-counted', tubes: box.tubes.filter((code) => !seen.has(code)) };
  }
  if (box && box.expected.length > 0) return { title: 'missing', tubes: box.expected };
  return { title: 'unpacked', tubes: unpacked };
}
