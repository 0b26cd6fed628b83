/** A hut whose disk is really full: readings are refused loudly, and taken again when there is room. */
import { spawnSync } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hutgateBin, logOf } from '../support/gateway-process.ts';
import { connectLive } from '../support/live-client.ts';
import { until } from '../support/until.ts';
import { hasSmallDisks, startOnSmallDisk, storeState } from './small-disk.ts';
import { allAtTheCentre, inject, ready, wholeHut } from './whole-hut.ts';

describe.skipIf(!hasSmallDisks())('on a full disk', () => {
  test('new codes are refused and said so, the recorded ones arrive, and with room it goes on by itself', async () => {
    const hut = await wholeHut({ devices: [{ id: 'scanner-1', driver: 'scanner-line' }] });
    const disk = startOnSmallDisk(hut);
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
    const told = await live.first('device', ({ device }) => device.refused !== undefined);
    expect(told.device).toMatchObject({ id: 'scanner-1', refused: [{ why: 'disk-full' }] });
    expect(JSON.stringify(told.device.refused)).not.toContain('T2211070001');
    const recorded = await allAtTheCentre(hut, 100);
    expect(recorded).toBeLessThan(scanned);
    expect(hut.received.some(({ subject }) => subject === 'T2211070001')).toBe(false);

    disk.makeRoom();
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

    const inside = ['-t', String(disk.pid), '--user', '--preserve-credentials', '--mount'];
    const verify = spawnSync('nsenter', [...inside, hutgateBin, 'store', 'verify', '--config', hut.files.configFile]);
    expect(verify.stdout.toString()).toMatch(/^sound: /);
    expect(verify.status).toBe(0);
  });
});
