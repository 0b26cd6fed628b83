/**
 * Forgets confirmed events: sealed parts first, the events two days later. Steps are small and do not wait for the disk,
 * so that no append waits for them. Times are those of the confirmation, and an event has to be old by both clocks: a
 * wall clock that jumps ahead deletes nothing early within a boot. The caller leaves retention alone while the clock is unsynced.
 */
import type { Database } from 'better-sqlite3';
import { type StreamName, streams } from '../contract/streams.ts';

export interface KeepPolicy {
  /** Confirmed events stay this long for `need`. */
  readonly confirmedForMs: number;
  /** Their sealed parts stay this long. */
  readonly sealedForMs: number;
}

export interface RetainNow {
  readonly wallMs: number;
  readonly monoMs: number;
}

export interface Retained {
  /** Events up to here are gone. */
  readonly eventsUpTo: number;
  readonly more: boolean;
}

/** Rows deleted in one step: some 2 ms. */
const rowsPerStep = 200;
/** Confirmations within this time count as the last of them. */
const markEveryMs = 600_000;

interface Mark {
  seq: number;
  wall_ms: number;
  mono_ms: number;
  boot_id: string;
}

export function retention(db: Database, lazily: (work: () => void) => void, keep: KeepPolicy, bootId: string) {
  const marksOf = db.prepare('SELECT seq, wall_ms, mono_ms, boot_id FROM confirmed_mark WHERE stream = ? ORDER BY seq');
  const addMark = db.prepare('INSERT INTO confirmed_mark VALUES (?, ?, ?, ?, ?)');
  const fromTheFuture = db.prepare('UPDATE confirmed_mark SET wall_ms = :wallMs WHERE wall_ms > :wallMs');
  const dropMarks = db.prepare('DELETE FROM confirmed_mark WHERE stream = ? AND seq < ?');
  const dropRuns = db.prepare(
    `DELETE FROM historical_run WHERE stream = :stream AND from_seq <
       (SELECT max(from_seq) FROM historical_run WHERE stream = :stream AND from_seq <= :goneUpTo + 1)`,
  );
  const drops = new Map(
    streams.map((stream) => [
      stream,
      {
        events: db.prepare(`DELETE FROM event_${stream} WHERE seq <= ? ORDER BY seq LIMIT ${rowsPerStep}`),
        sealed: db.prepare(`DELETE FROM sealed_${stream} WHERE seq <= ? ORDER BY seq LIMIT ${rowsPerStep}`),
        firstKept: db.prepare(`SELECT min(seq) FROM event_${stream}`).pluck(),
      },
    ]),
  );

  return (stream: StreamName, confirmedSeq: number, now: RetainNow): Retained => {
    const { events, sealed, firstKept } = drops.get(stream)!;
    const ageMs = (mark: Mark) =>
      Math.min(
        now.wallMs - mark.wall_ms,
        mark.boot_id === bootId ? now.monoMs - mark.mono_ms : Number.POSITIVE_INFINITY,
      );
    const marks = marksOf.all(stream) as Mark[];
    const newest = marks.at(-1);
    const due = newest === undefined || ageMs(newest) >= markEveryMs;
    const marked = newest?.seq ?? 0;
    const upTo = (keptForMs: number) =>
      Math.min(confirmedSeq, marks.findLast((mark) => ageMs(mark) >= keptForMs)?.seq ?? 0);
    const eventsUpTo = upTo(keep.confirmedForMs);
    const sealedUpTo = Math.max(eventsUpTo, upTo(keep.sealedForMs));
    let more = false;
    // Pages of sealed parts are overwritten with zeros when they become free; for the rest that would be wear for nothing.
    if (sealedUpTo > 0) db.pragma('secure_delete = ON');
    lazily(() => {
      fromTheFuture.run({ wallMs: now.wallMs });
      if (confirmedSeq > marked && due) addMark.run(stream, confirmedSeq, now.wallMs, Math.floor(now.monoMs), bootId);
      if (sealedUpTo > 0) more = sealed.run(sealedUpTo).changes === rowsPerStep;
      if (eventsUpTo > 0 && !more) {
        more = events.run(eventsUpTo).changes === rowsPerStep;
        dropMarks.run(stream, eventsUpTo);
        dropRuns.run({ stream, goneUpTo: eventsUpTo });
      }
    });
    db.pragma('secure_delete = FAST');
    const first = firstKept.get() as number | null;
    return { eventsUpTo: first === null ? eventsUpTo : first - 1, more };
  };
}
