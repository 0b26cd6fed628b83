/**
 * Bench, as a process of its own (so that fsync can be slowed): bytes of a scan handed over by the transport until the
 * commit is announced, beside a bare better-sqlite3 commit and a bare append + fdatasync of the same disk, in turns.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { systemClock } from '../../device-drivers/clock.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { openSession } from '../../device-drivers/session.ts';
import { createMemoryPort } from '../../device-drivers/transport/memory.ts';
import { createIntake } from '../../gateway/intake.ts';
import { openBenchStore } from './bench-store.ts';
import { spread } from './measure.ts';

const [workDir, roundsText] = process.argv.slice(2);
const rounds = Number(roundsText);
const warmUpRounds = Math.ceil(rounds / 10);
const dir = mkdtempSync(join(workDir!, 'commit-'));

const file = openSync(join(dir, 'bare'), 'a');
const row = Buffer.alloc(400, 'x');
function bareAppend(): void {
  writeSync(file, row);
  fdatasyncSync(file);
}

const db = new Database(join(dir, 'bare.db'));
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec('CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
const insert = db.prepare('INSERT INTO event (body) VALUES (?)');
const body = 'x'.repeat(400);

const store = await openBenchStore(join(dir, 'store'));
let announced = () => {};
const intake = createIntake({
  store,
  clock: systemClock,
  clockQuality: () => 'synced',
  seal: () => Promise.reject(new Error('nothing to seal here')),
  personRef: () => '',
  textRef: () => '',
  isCode: () => true,
  committed: () => announced(),
  refused: (_device, _readings, why) => {
    throw new Error(why);
  },
  hold: () => {},
  release: () => {},
});
const port = createMemoryPort();
const driver = drivers.get('scanner-line')!;
await new Promise<void>((ready) => {
  openSession({
    driver,
    options: driver.options.parse({}),
    clock: systemClock,
    open: (events) => port.open(events),
    events: {
      opened: () => {},
      ready: () => ready(),
      reading: (reading, at) => intake.accept('scanner-1', reading, at),
      repeat: () => {},
      fault: () => {},
      condition: () => {},
      ended: () => {},
    },
  });
});
let n = 0;
function scan(): Promise<void> {
  n += 1;
  const done = new Promise<void>((resolve) => {
    announced = resolve;
  });
  port.device.send(Buffer.from(`T${String(n).padStart(10, '0')}\r`));
  return done;
}

const timed = async (work: () => unknown): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const times = { append: [] as number[], commit: [] as number[], scan: [] as number[] };
for (let round = 0; round < rounds + warmUpRounds; round++) {
  const one = { append: await timed(bareAppend), commit: await timed(() => insert.run(body)), scan: await timed(scan) };
  if (round < warmUpRounds) continue;
  for (const key of ['append', 'commit', 'scan'] as const) times[key].push(one[key]);
}
console.log(JSON.stringify({ append: spread(times.append), commit: spread(times.commit), scan: spread(times.scan) }));

await store.close();
db.close();
closeSync(file);
rmSync(dir, { recursive: true });
process.exit(0);
