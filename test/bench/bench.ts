/**
 * `npm run bench [-- --fsync MS] [--scale F] [--mosquitto]`: one table, all of it from one run. Absolute figures move
 * between machines; the goals that are ratios hold anywhere. `--fsync` slows each fsync of the hut's processes.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';
import { benchLane } from './lane.ts';
import { ms, p50p99, type Row, type Spread, table, whole } from './measure.ts';
import { type Bench, hutEnv, runPart, startPart } from './processes.ts';
import { benchWire } from './wire.ts';

interface CommitFigures {
  readonly append: Spread;
  readonly commit: Spread;
  readonly scan: Spread;
}
interface Memory {
  readonly now: number;
  readonly highest: number;
}
interface BacklogFigures {
  readonly inserts: readonly (Spread & { behind: number })[];
  readonly rows: number;
  readonly startUpMs: number;
  readonly fileMb: number;
  readonly rssMb: Memory;
}
interface DrainFigures {
  readonly raw: number;
  readonly behindRates: readonly { behind: number; rate: number }[];
  readonly farRate: number;
  readonly rssMb: Memory;
}

const { values } = parseArgs({
  options: {
    fsync: { type: 'string', default: '0' },
    scale: { type: 'string', default: '1' },
    mosquitto: { type: 'boolean', default: false },
    only: { type: 'string', default: 'commit,lane,wire,drain,backlog' },
  },
});
const fsyncMs = Number(values.fsync);
const scale = Number(values.scale);
const only = new Set(values.only.split(','));
// On the project's own disk: /tmp may be memory.
mkdirSync('.data', { recursive: true });
const bench: Bench = { workDir: mkdtempSync(join(process.cwd(), '.data/bench-')), fsyncMs };
const env = hutEnv(bench);
const rows: Row[] = [];
const row = (what: string, figure: string, goal?: string, holds?: boolean) => rows.push({ what, figure, goal, holds });
const say = (text: string) => process.stderr.write(`${text}\n`);

if (only.has('commit')) {
  say('scan to durable …');
  const { append, commit, scan } = await runPart<CommitFigures>(
    'commit',
    [bench.workDir, Math.round((fsyncMs > 0 ? 500 : 5_000) * scale)],
    env,
  );
  const ratio = scan.p50Ms / commit.p50Ms;
  const limit = fsyncMs === 0 ? 3 : 1.2;
  row('append + fdatasync, p50 / p99', p50p99(append));
  row('bare better-sqlite3 commit, p50 / p99', p50p99(commit));
  row('scan to durable, p50 / p99', p50p99(scan));
  row('  p50 against the bare commit', `${ratio.toFixed(2)}x`, `<= ${limit}x`, ratio <= limit);
}

if (only.has('lane')) {
  say('scan to screen …');
  for (const { fsyncMs: slower, scans, ...times } of await benchLane(bench.workDir, scale))
    row(
      `scan to screen, two lanes in use, fsync ${slower > 0 ? `+${slower} ms` : 'natural'}, p50 / p99 of ${whole(scans)}`,
      p50p99(times),
      'p99 < 100 ms',
      times.p99Ms < 100,
    );
}

const broker = values.mosquitto ? await startMosquitto() : await startPart('broker', []);
if (only.has('wire')) {
  say('wire to subscriber …');
  const wire = await benchWire(bench, broker.line, scale);
  const floor = fsyncMs === 0 ? 10_000 : 4_000;
  row('start of the process to devices ready', `${ms(wire.startMs)} ms`);
  row(
    'wire to subscriber at 500/s, p50 / p99',
    p50p99(wire.at500),
    fsyncMs === 0 ? 'p99 < 10 ms' : undefined,
    fsyncMs === 0 ? wire.at500.p99Ms < 10 : undefined,
  );
  row(
    'highest rate, tube codes',
    `${whole(wire.tubesPerSecond)}/s`,
    `>= ${whole(floor)}/s`,
    wire.tubesPerSecond >= floor,
  );
  row('highest rate, each sealed', `${whole(wire.sealedPerSecond)}/s`, '>= 1,000/s', wire.sealedPerSecond >= 1_000);
  row('gateway memory, idle', `${ms(wire.idleMb)} MB`, '< 100 MB', wire.idleMb < 100);
  row('gateway memory, highest', `${ms(wire.loadedMb)} MB`, '< 150 MB', wire.loadedMb < 150);
}
if (only.has('drain')) {
  say('draining …');
  const drain = await runPart<DrainFigures>('drain', [bench.workDir, broker.line, scale], env);
  const none = drain.behindRates[0]!.rate;
  row('MQTT.js alone, the same payloads', `${whole(drain.raw)} events/s`);
  for (const { behind, rate } of drain.behindRates) {
    const flat = rate / none;
    const goal = behind === 0 ? '>= 50 % of MQTT.js alone' : 'flat, +-20 %';
    const holds = behind === 0 ? rate >= drain.raw / 2 : flat >= 0.8;
    const compared =
      behind === 0 ? `${((rate / drain.raw) * 100).toFixed(0)} %` : `${(flat * 100).toFixed(0)} % of that`;
    row(`drain, ${whole(behind)} rows behind`, `${whole(rate)} events/s (${compared})`, goal, holds);
  }
  row('drain over a round trip of 50 ms', `${whole(drain.farRate)} events/s`, '>= 5,000/s', drain.farRate >= 5_000);
  row('memory of the draining process (holds the payloads twice)', `${ms(drain.rssMb.highest)} MB`);
}
broker.child.kill();
if (only.has('backlog')) {
  say('backlog …');
  const backlog = await runPart<BacklogFigures>('backlog', [bench.workDir, scale], env);
  const none = backlog.inserts[0]!.p50Ms;
  for (const { behind, ...times } of backlog.inserts)
    row(
      `append, ${whole(behind)} rows behind, p50 / p99`,
      p50p99(times),
      behind === 0 ? undefined : 'flat, +-20 %',
      behind === 0 ? undefined : times.p50Ms <= none * 1.2,
    );
  row(
    `start-up with ${whole(backlog.rows)} rows (${whole(backlog.fileMb)} MB)`,
    `${ms(backlog.startUpMs)} ms`,
    '< 5,000 ms',
    backlog.startUpMs < 5_000,
  );
  row(
    "memory of the store's process, highest",
    `${ms(backlog.rssMb.highest)} MB`,
    '< 150 MB',
    backlog.rssMb.highest < 150,
  );
}
rmSync(bench.workDir, { recursive: true });
console.log(
  `\nfsync ${fsyncMs > 0 ? `slowed by ${fsyncMs} ms` : 'natural'}, scale ${scale}, broker ${values.mosquitto ? 'Mosquitto' : 'aedes'}, Node ${process.version}\n`,
);
console.log(table(rows));
process.exitCode = rows.some(({ holds }) => holds === false) ? 1 : 0;

async function startMosquitto() {
  const port = await freePort();
  const file = join(bench.workDir, 'mosquitto.conf');
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n`);
  const child = spawn('/usr/sbin/mosquitto', ['-c', file], { stdio: 'ignore' });
  const line = `mqtt://127.0.0.1:${port}`;
  const { connectAsync } = await import('mqtt');
  const client = await until('Mosquitto is up', () =>
    connectAsync(line, { reconnectPeriod: 0, connectTimeout: 500 }).catch(() => undefined),
  );
  await client.endAsync();
  return { child, line };
}
