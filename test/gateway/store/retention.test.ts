import { describe, expect, it } from 'vitest';
import { storeFile } from '../../../gateway/store/directory.ts';
import { openSqlite } from '../../../gateway/store/sqlite.ts';
import { bootB, draft, eventsOf, hour, limits, open, seqsOf, tempDir } from './support/fixture.ts';

type Database = ReturnType<typeof open>['database'];
const wall = Date.parse('2022-11-07T08:00:00+08:00');
const sealed = (count: number) =>
  Array.from({ length: count }, (_, n) => draft('reading', n + 1, { pii: `sealed.${n + 1}` }));

/** Until there is nothing more to do; gives the number of steps. */
function retainAll(database: Database, wallMs: number, monoMs: number): number {
  for (let steps = 1; ; steps += 1) if (!database.retain({ wallMs, monoMs })) return steps;
}

describe('retention', () => {
  it('purges sealed parts a day after confirmation and events after three, and nothing that is pending', () => {
    const { database, release } = open(tempDir());
    database.append([{ drafts: sealed(5), moves: [] }]);
    database.confirm('reading', 3);
    retainAll(database, wall, 0);
    retainAll(database, wall + 23 * hour, 23 * hour);
    expect(eventsOf(database.batches('reading', 0, limits)).map((event) => 'pii' in event.data)).toEqual(
      Array(5).fill(true),
    );
    retainAll(database, wall + 25 * hour, 25 * hour);
    expect(eventsOf(database.batches('reading', 0, limits)).map((event) => 'pii' in event.data)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    retainAll(database, wall + 73 * hour, 73 * hour);
    expect(seqsOf(database.batches('reading', 0, limits))).toEqual([4, 5]);
    expect(database.status().streams[1]).toMatchObject({ lastSeq: 5, confirmedSeq: 3, pending: 2 });
    database.close();
    release();
  });

  it('works in small steps', () => {
    const { database, release } = open(tempDir());
    database.append([{ drafts: sealed(1_000), moves: [] }]);
    database.confirm('reading', 1_000);
    retainAll(database, wall, 0);
    expect(retainAll(database, wall + 80 * hour, 80 * hour)).toBeGreaterThan(5);
    expect(seqsOf(database.batches('reading', 0, limits))).toEqual([]);
    database.append([{ drafts: [draft('reading', 1)], moves: [] }]);
    expect(seqsOf(database.batches('reading', 0, limits))).toEqual([1_001]);
    database.close();
    release();
  });

  it('deletes nothing early when the wall clock jumps ahead', () => {
    const { database, release } = open(tempDir());
    database.append([{ drafts: sealed(2), moves: [] }]);
    database.confirm('reading', 2);
    retainAll(database, wall, 0);
    retainAll(database, wall + 10_000 * hour, 1 * hour);
    expect(eventsOf(database.batches('reading', 0, limits)).map((event) => 'pii' in event.data)).toEqual([true, true]);
    database.close();
    release();
  });

  it('counts from now what a clock ahead of its time had marked', () => {
    const dir = tempDir();
    const first = open(dir);
    first.database.append([{ drafts: sealed(2), moves: [] }]);
    first.database.confirm('reading', 2);
    retainAll(first.database, wall + 100_000 * hour, 0);
    first.database.close();
    first.release();
    const { database, release } = open(dir, { origin: { region: 'jinshui', gateway: 'hut-0417', bootId: bootB } });
    retainAll(database, wall, 0);
    retainAll(database, wall + 71 * hour, 71 * hour);
    expect(seqsOf(database.batches('reading', 0, limits))).toEqual([1, 2]);
    retainAll(database, wall + 73 * hour, 73 * hour);
    expect(seqsOf(database.batches('reading', 0, limits))).toEqual([]);
    database.close();
    release();
  });

  it('leaves no trace of a purged sealed part in the file', () => {
    const dir = tempDir();
    const { database, release } = open(dir);
    database.append([{ drafts: sealed(300), moves: [] }]);
    database.confirm('reading', 300);
    retainAll(database, wall, 0);
    retainAll(database, wall + 25 * hour, 25 * hour);
    database.close();
    release();
    const db = openSqlite(storeFile(dir), { readonly: true });
    expect(db.serialize().includes('sealed.')).toBe(false);
    db.close();
  });

  it('reuses the room of what it deleted', () => {
    const { database, release } = open(tempDir());
    let monoMs = 0;
    const cycle = () => {
      database.append([{ drafts: sealed(2_000), moves: [] }]);
      database.confirm('reading', database.last().reading);
      retainAll(database, wall + monoMs, monoMs);
      monoMs += 100 * hour;
      retainAll(database, wall + monoMs, monoMs);
      database.checkpoint();
    };
    for (let n = 0; n < 10; n += 1) cycle();
    const bytes = database.status().fileBytes;
    for (let n = 0; n < 10; n += 1) cycle();
    expect(database.status().fileBytes).toBeLessThan(bytes * 1.3);
    database.close();
    release();
  });
});
