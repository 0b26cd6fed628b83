/** How long somebody who guesses has to wait: five wrong tries are free, then a minute, and twice as long after each more. Pure. */
export const wrongTriesMax = 5;
/** The form for a name and a password serves many people; its own count only stops who tries one name after the other. */
export const wrongTriesOfFormMax = 20;
const lockedFirstMs = 60_000;
const lockedMostMs = 15 * 60_000;
/** So long after the last lock nothing is held against anybody. */
const forgottenAfterMs = 12 * 3_600_000;

export interface Tries {
  readonly wrong: number;
  /** Monotonic. */
  readonly lockedUntilMs: number;
  /** Whether the audit has been told that a try met this lock. */
  readonly isLockTold: boolean;
}

export function afterWrong(tries: Tries | undefined, nowMs: number, triesMax = wrongTriesMax): Tries {
  const wrong = (tries && nowMs - tries.lockedUntilMs < forgottenAfterMs ? tries.wrong : 0) + 1;
  return { wrong, lockedUntilMs: nowMs + lockMsOf(wrong, triesMax), isLockTold: false };
}

/** 0: welcome to try. */
export const lockedForMs = (tries: Tries | undefined, nowMs: number): number =>
  tries === undefined || tries.wrong === 0 ? 0 : Math.max(0, tries.lockedUntilMs - nowMs);

/** After a reboot the old times say nothing: the lock begins again. */
export const afterReboot = ({ wrong }: Pick<Tries, 'wrong'>, nowMs: number, triesMax = wrongTriesMax): Tries => ({
  wrong,
  lockedUntilMs: nowMs + lockMsOf(wrong, triesMax),
  isLockTold: false,
});

function lockMsOf(wrong: number, triesMax: number): number {
  return wrong < triesMax ? 0 : Math.min(lockedMostMs, lockedFirstMs * 2 ** Math.min(wrong - triesMax, 10));
}
