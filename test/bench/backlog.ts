/** Bench, as a process of its own: latency of an append with 0, 100 k, 1 M rows behind it, and start-up with 1.8 M rows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fill, openBenchStore, tubeScan } from './bench-store.ts';
import { memoryMb, spread } from './measure.ts';

const [workDir, scaleText] = process.argv.slice(2);
const scale = Number(scaleText);
const dir = mkdtempSync(join(workDir!, 'backlog-'));
const insertsMeasured = 1_000;

let store = await openBenchStore(dir);
let rows = 0;
const inserts: { behind: number; p50Ms: number; p99Ms: number }[] = [];
for (const behind of [0, 100_000, 1_000_000].map((n) => Math.round(n * scale))) {
  await fill(store, rows, Math.max(0, behind - rows));
  rows = Math.max(rows, behind);
  const times: number[] = [];
  for (let i = 0; i < insertsMeasured; i++) {
    const start = performance.now();
    await store.append([tubeScan(rows++)]);
    times.push(performance.now() - start);
  }
  inserts.push({ behind, ...spread(times) });
  process.stderr.write(`  ${behind} rows behind measured\n`);
}
const full = Math.round(1_800_000 * scale);
await fill(store, rows, full - rows);
process.stderr.write(`  ${full} rows written\n`);
await store.close();

const start = performance.now();
store = await openBenchStore(dir);
await store.append([tubeScan(full)]);
const startUpMs = performance.now() - start;
const { fileBytes } = await store.status();
console.log(JSON.stringify({ inserts, rows: full, startUpMs, fileMb: fileBytes / 1e6, rssMb: memoryMb(process.pid) }));
await store.close();
rmSync(dir, { recursive: true });
process.exit(0);
