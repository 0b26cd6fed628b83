import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import { connectRack } from '../../simulators/client.ts';
import { controlPath, openControl } from '../../simulators/control.ts';
import { jsonLines, lineBytesMax } from '../../simulators/json-lines.ts';
import { type Rack, RackError, type RackEvent, startRack } from '../../simulators/rack.ts';
import { until } from '../support/until.ts';
import { echoOnly } from './echo.ts';

let dir: string;
const undo: (() => unknown)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-control-'));
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<Rack> {
  const control = await openControl(dir);
  undo.push(() => control.close());
  const devices = [{ id: 'echo-1', driver: 'echo', paced: false }];
  const rack = await startRack({ devices, dir, seed: 7, clock: systemClock, simulators: echoOnly });
  undo.push(() => rack.stop());
  control.serve(rack);
  return rack;
}

async function client() {
  const connected = await connectRack(dir);
  undo.push(() => connected.close());
  return connected;
}

/** A raw connection: what is written to the socket, and the lines that come back. */
async function raw() {
  const socket = createConnection(controlPath(dir));
  undo.push(() => socket.destroy());
  await once(socket, 'connect');
  const lines: unknown[] = [];
  socket.on('data', jsonLines({ value: (value) => lines.push(value), bad: (why) => lines.push(why) }));
  return { socket, lines };
}

describe('a client', () => {
  test('sees and works the devices as the rack itself does', async () => {
    const rack = await start();
    const remote = await client();
    expect(await remote.devices()).toEqual(JSON.parse(JSON.stringify(rack.devices())));
    expect(await remote.act('echo-1', 'say', { text: 'abc' })).toEqual({ sentBytes: 3 });
    await remote.unplug('echo-1');
    expect(await remote.state()).toMatchObject([{ id: 'echo-1', plugged: false, counters: { sentBytes: 3 } }]);
    await remote.plug('echo-1');
    await remote.faults('echo-1', { drop: 0.5 });
    await remote.heal('echo-1');
    expect(rack.state()[0]?.plugged).toBe(true);
  });

  test('gets what is wrong as an error with its code', async () => {
    await start();
    const remote = await client();
    const unknown = await remote.act('echo-9', 'say').catch((error: unknown) => error);
    expect(unknown).toBeInstanceOf(RackError);
    expect(unknown).toMatchObject({ code: 'bad-request', message: 'there is no device echo-9, only echo-1' });
    await remote.unplug('echo-1');
    await expect(remote.act('echo-1', 'say', { text: 'x' })).rejects.toMatchObject({ code: 'refused' });
    await expect(remote.faults('echo-1', { drop: 2 })).rejects.toThrow('drop');
  });

  test('watches events, which carry no arguments', async () => {
    const rack = await start();
    const remote = await client();
    const events: RackEvent[] = [];
    await remote.watch((event) => events.push(event));
    await rack.act('echo-1', 'say', { text: 'secret' });
    await rack.unplug('echo-1');
    await until('three events', () => events.length === 3);
    expect(events.map(({ type }) => type)).toEqual(['acted', 'unplugged', 'acted']);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  test('is told when there is no rack, and when it goes away', async () => {
    await expect(connectRack(dir)).rejects.toThrow(`no rack is running in ${dir}`);
    const control = await openControl(dir);
    const remote = await client();
    const waiting = remote.state();
    await control.close();
    await expect(waiting).rejects.toThrow(`the rack in ${dir} went away`);
    await expect(remote.state()).rejects.toThrow('went away');
    expect(existsSync(controlPath(dir))).toBe(false);
  });
});

describe('the socket', () => {
  test('answers each bad request and goes on', async () => {
    await start();
    const { socket, lines } = await raw();
    const bad = [
      'nonsense',
      '{"id":1}',
      '{"id":2,"op":"constructor"}',
      '{"id":3,"op":"state","extra":1}',
      '[]',
      'null',
      '{"id":"4","op":"state"}',
    ];
    socket.write(`${bad.join('\n')}\n\n`);
    socket.write(`${'x'.repeat(lineBytesMax + 1)}\n{"id":5,"op":"state"}\n`);
    await until('all answers', () => lines.length === bad.length + 2);
    expect(lines.map((line) => (line as { id: unknown }).id)).toEqual(expect.arrayContaining([null, 1, 2, 3, 5]));
    expect(lines.filter((line) => (line as { ok: boolean }).ok)).toMatchObject([{ id: 5 }]);
  });

  test('is not disturbed by clients that break off or do not read', async () => {
    const rack = await start();
    const half = await raw();
    half.socket.write('{"id":1,"op":"act","device":"echo-1","action":"s');
    half.socket.destroy();
    const watcher = await raw();
    watcher.socket.write('{"id":1,"op":"watch"}\n');
    await until('watching', () => watcher.lines.length === 1);
    watcher.socket.destroy();
    const deaf = await raw();
    deaf.socket.pause();
    deaf.socket.on('error', () => {});
    const asks = '{"id":1,"op":"devices"}\n'.repeat(100);
    await until('the deaf client is let go', () => {
      deaf.socket.write(asks);
      return deaf.socket.destroyed;
    });
    await rack.act('echo-1', 'say', { text: 'x' });
    expect(await (await client()).state()).toMatchObject([{ id: 'echo-1' }]);
  });

  test('keeps a second rack out of the directory, and takes over from a killed one', async () => {
    await start();
    await expect(openControl(dir)).rejects.toThrow('a rack is running here already');
    const other = mkdtempSync(join(tmpdir(), 'hutgate-control-'));
    undo.push(() => rmSync(other, { recursive: true }));
    // A socket file whose listener is gone: what a SIGKILL leaves behind.
    const left = createServer().listen(join(other, 'left'));
    await once(left, 'listening');
    renameSync(join(other, 'left'), controlPath(other));
    await new Promise((done) => left.close(done));
    const control = await openControl(other);
    await control.close();
  });

  test('never overwrites a file, and says when its path is too long', async () => {
    writeFileSync(controlPath(dir), 'kept');
    await expect(openControl(dir)).rejects.toThrow('is no socket');
    await expect(openControl(join(dir, 'x'.repeat(120)))).rejects.toThrow('longer than 107 bytes');
  });
});

test('JSON lines are found however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.array(fc.nat(400)), (values, cuts) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      const found: unknown[] = [];
      const push = jsonLines({ value: (value) => found.push(value), bad: (why) => found.push(why) });
      let from = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        push(bytes.subarray(from, Math.max(from, cut)));
        from = Math.max(from, cut);
      }
      expect(found).toEqual(values.map((value) => JSON.parse(JSON.stringify(value))));
    }),
  );
});
