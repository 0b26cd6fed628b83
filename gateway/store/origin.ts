/** The table of origins: who captured an event, and in which boot. */
import type { Database } from 'better-sqlite3';
import type { Origin } from './envelope.ts';

/** The number of the origin, given when it is new. Call it inside a transaction. */
export function addOrigin(db: Database, { region, gateway, bootId }: Origin): number {
  const find = db.prepare('SELECT no FROM origin WHERE region = ? AND gateway = ? AND boot_id = ?').pluck();
  const known = find.get(region, gateway, bootId) as number | undefined;
  if (known !== undefined) return known;
  const no = db.prepare('SELECT coalesce(max(no), 0) + 1 FROM origin').pluck().get() as number;
  const add = db.prepare(
    'INSERT INTO origin VALUES (:no, :region, :gateway, :bootId, row_crc(:no, :region, :gateway, :bootId))',
  );
  add.run({ no, region, gateway, bootId });
  return no;
}
