/**
 * One pull of the trigger is one scan, even when the scanner fires twice: the text that a lane had last, again within the
 * window. Only the last one: what comes between the two (an undo, another person) makes it a scan in its own right.
 */
export interface RepeatFilter {
  /** `monoMs` is monotonic. The window begins anew with each repeat. */
  isRepeat(lane: string, text: string, monoMs: number): boolean;
  /** What this lane had last was not taken: the next scan of it is no repeat, or it would be lost. */
  forget(lane: string): void;
}

/** Nothing longer is remembered: it is refused each time. */
const rememberedUnitsMax = 4_096;

/** `windowMs` 0: nothing is a repeat. */
export function createRepeatFilter(windowMs = 2_500): RepeatFilter {
  const last = new Map<string, { readonly text: string; readonly monoMs: number }>();
  return {
    isRepeat(lane, text, monoMs) {
      const before = last.get(lane);
      if (text.length > rememberedUnitsMax) last.delete(lane);
      else last.set(lane, { text, monoMs });
      return before?.text === text && monoMs - before.monoMs < windowMs;
    },
    forget: (lane) => void last.delete(lane),
  };
}
