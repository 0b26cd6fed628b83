/**
 * A hut whose disk is really full: the gateway runs on a small tmpfs of its own user and mount namespace, which needs no
 * root. Where the kernel does not lend one the test is skipped.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { getJson, hutgateBin, logOf } from '../support/gateway-process.ts';
import { connectLive } from '../support/live-client.ts';
import { until } from '../support/until.ts';
import { allAtTheCentre, inject, ready, type WholeHut, wholeHut } from './whole-hut.ts';

const namespace = ['--user', '--map-root-user', '--mount'];
const mountable = () =>
  spawnSync('unshare', [...namespace, 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', '/mnt']).status === 0;

/** The gateway with its dataDir on 40 MB, half of them taken. Returns its process id. */
function startOnSmallDisk({ files, dataDir }: WholeHut): number {
  mkdirSync(dataDir);
  const prepare =
    'mount -t tmpfs -o size=40m none "$0" && head -c 20971520 /dev/zero > "$0/ballast" && exec "$1" run --config "$2"';
  const child = spawn('unshare', [...namespace, 'sh', '-c', prepare, dataDir, hutgateBin, files.configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => writeFileSync(files.logFile, chunk, { flag: 'a' }));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return child.pid!;
}

const storeState = async ({ files }: WholeHut) =>
  (await getJson<{ store: { state: string } }>(files, '/api/health'))?.store.state;

describe.skipIf(!mountable())('on a full disk', () => {
  test('new codes are refused and said so, the recorded ones arrive, and with room it goes on by itself', async () => {
    const hut = await wholeHut({ devices: [{ id: 'scanner-1', driver: 'scanner-line' }] });
    const pid = startOnSmallDisk(hut);
    await ready(hut);
    const live = await connectLive(`http://127.0.0.1:${hut.files.apiPort}`);
    onTestFinished(() => live.close());

    const personal = (n: number) => `${String(n).padStart(6, '0')}${'x'.repeat(4_000)}\r`;
    let scanned = 0;
    while ((await storeState(hut)) === 'ok') {
      const codes = Array.from({ length: 50 }, () => personal(scanned++));
      await inject(hut, 'scanner-1', Buffer.from(codes.join('')));
    }
    expect(await storeState(hut)).toBe('disk-full');
    await hut.rack.act('scanner-1', 'scan', { text: 'T2211070001' });
    await until('a refusal', () => logOf(hut.files).includes('were NOT recorded'));
    const recorded = await allAtTheCentre(hut, 100);
    expect(recorded).toBeLessThan(scanned);
    expect(hut.received.some(({ subject }) => subject === 'T2211070001')).toBe(false);

    rmSync(join(`/proc/${pid}/root`, hut.dataDir, 'ballast'));
    await until('room', async () => (await storeState(hut)) === 'ok');
    await hut.rack.act('scanner-1', 'scan', { text: 'T2211070002' });
    expect(await allAtTheCentre(hut, recorded + 1)).toBe(recorded + 1);
    // What was announced is what was recorded.
    await live.first('committed', ({ summary }) => summary === 'T2211070002');
    const announced = live.messages.flatMap((message) =>
      'stream' in message && message.stream === 'reading' ? [message] : [],
    );
    const last = announced.map((message) => (message.type === 'missed' ? message.upTo : message.seq));
    expect(Math.max(...last)).toBe(recorded + 1);

    const inside = ['-t', String(pid), '--user', '--preserve-credentials', '--mount'];
    const verify = spawnSync('nsenter', [...inside, hutgateBin, 'store', 'verify', '--config', hut.files.configFile]);
    expect(verify.stdout.toString()).toMatch(/^sound: /);
    expect(verify.status).toBe(0);
  });
});
