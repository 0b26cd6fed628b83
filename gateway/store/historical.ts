/**
 * `historical`: sent more than 60 s after capture, and the same in every resend, also over a crash (contract, event envelope).
 *
 * 1. The flag of an event is decided when it is first put in a batch, by its age on the monotonic clock; captured in
 *    another boot means old.
 * 2. Decisions are kept as runs: from this seq on, this flag. A stream that is sent live makes no runs at all.
 * 3. Runs and the mark "decisions are being made" (`decided_seq` NULL) are committed before the batch is handed out.
 * 4. Found NULL at start, nobody knows what was sent last: all that existed counts as decided, by the last run. A few
 *    events may then carry the flag of their predecessors; none ever changes its bytes.
 * 5. On disconnect, and on a clean stop, `decided_seq` becomes what was really handed over; the rest is decided anew
 *    when its turn comes, and runs beyond it are dropped. What had been decided at start stays decided.
 */
export interface Run {
  readonly from: number;
  readonly historical: boolean;
}

/** Runs in ascending order; events up to `decided` are settled, never below `floor`. */
export interface Ledger {
  readonly runs: readonly Run[];
  readonly decided: number;
  readonly floor: number;
}

export const liveForMs = 60_000;

/** The flag of a settled event. */
export function flagOf(runs: readonly Run[], seq: number): boolean {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle]!.from <= seq) low = middle + 1;
    else high = middle;
  }
  return runs[low - 1]?.historical ?? false;
}

/** Settles the next events, `first` to `last`; gives the same ledger when they are settled already. */
export function decide(ledger: Ledger, first: number, last: number, historical: boolean): Ledger {
  if (last <= ledger.decided) return ledger;
  const inForce = ledger.runs.at(-1)?.historical ?? false;
  const from = Math.max(first, ledger.decided + 1);
  const runs = inForce === historical ? ledger.runs : [...ledger.runs, { from, historical }];
  return { ...ledger, runs, decided: last };
}

/** What was not sent is open again. */
export function reopen(ledger: Ledger, sentUpTo: number): Ledger {
  const decided = Math.max(ledger.floor, Math.min(sentUpTo, ledger.decided));
  if (decided === ledger.decided) return ledger;
  return { ...ledger, decided, runs: ledger.runs.filter((run) => run.from <= decided) };
}

/** Drops runs that only spoke of events up to `goneUpTo`; the one in force after it stays. */
export function forget(runs: readonly Run[], goneUpTo: number): readonly Run[] {
  const keep = runs.findLastIndex((run) => run.from <= goneUpTo + 1);
  return keep <= 0 ? runs : runs.slice(keep);
}
