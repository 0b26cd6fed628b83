import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import { type Rack, type RackDevice, RackError, type RackEvent, startRack } from '../../simulators/rack.ts';
import { manualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';
import { echoOnly } from './echo.ts';

let dir: string;
const undo: (() => unknown)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-rack-'));
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  rmSync(dir, { recursive: true, force: true });
});

async function start(...devices: Partial<RackDevice>[]): Promise<Rack> {
  const rack = await startRack({
    devices: devices.map((device) => ({ id: 'echo-1', driver: 'echo', paced: false, ...device })),
    ...{ dir, seed: 7, clock: systemClock, simulators: echoOnly },
  });
  undo.push(() => rack.stop());
  return rack;
}

async function open(path: string) {
  const host = new SerialPort({ path, baudRate: 115_200, autoOpen: false });
  await new Promise<void>((resolve, reject) => host.open((error) => (error ? reject(error) : resolve())));
  const got: Buffer[] = [];
  host.on('data', (chunk) => got.push(chunk));
  host.on('error', () => {});
  undo.push(() => host.isOpen && new Promise((done) => host.close(done)));
  const text = () => Buffer.concat(got).toString();
  return { host, text, reads: (expected: string) => until(`reading ${expected}`, () => text() === expected) };
}

const eventsOf = (rack: Rack) => {
  const events: RackEvent[] = [];
  rack.subscribe((event) => events.push(event));
  return events;
};
const stateOf = (rack: Rack, id = 'echo-1') => rack.state().find((state) => state.id === id)!;

describe('a device behind a PTY', () => {
  test('hears the host, does its actions and is counted', async () => {
    const rack = await start({});
    const { host, reads } = await open(join(dir, 'echo-1'));
    expect(rack.devices()).toMatchObject([{ id: 'echo-1', driver: 'echo', at: `serial:${dir}/echo-1` }]);
    expect(await rack.act('echo-1', 'say', { text: 'hello ' })).toEqual({ sentBytes: 6 });
    await reads('hello ');
    host.write('you');
    await reads('hello you');
    expect(stateOf(rack).counters).toEqual({ sentBytes: 9, receivedBytes: 3, lostBytes: 0, faults: {} });
  });

  test('takes the time its line rate takes, in both directions', async () => {
    const clock = manualClock();
    const device = { id: 'echo-1', driver: 'echo' };
    const rack = await startRack({ devices: [device], dir, seed: 7, clock, simulators: echoOnly });
    undo.push(() => rack.stop());
    const { host, text, reads } = await open(join(dir, 'echo-1'));
    await rack.act('echo-1', 'say', { text: 'x'.repeat(1295) });
    clock.advance(50);
    await until('50 ms of it', () => text().length === 576);
    clock.advance(63);
    await reads('x'.repeat(1295));
    host.write('y'.repeat(160));
    await until('the first byte is under way', () => clock.nextDueMs() !== undefined);
    clock.advance(10);
    expect(stateOf(rack).counters.receivedBytes).toBeLessThan(160);
    clock.advance(10);
    await until('all received', () => {
      clock.advance(20);
      return stateOf(rack).counters.receivedBytes === 160;
    });
  });

  test('unplugged: the host sees a disconnect, bytes are lost, actions still reach the device; plugged: same path, power is back', async () => {
    const rack = await start({ options: { greeting: 'boot' } });
    const events = eventsOf(rack);
    const path = join(dir, 'echo-1');
    const { host } = await open(path);
    const gone = once(host, 'close');
    const { poller } = host.port as unknown as { poller: NodeJS.EventEmitter };
    await until('the host polls', () => poller.listenerCount('readable') > 0);
    await rack.unplug('echo-1');
    await rack.unplug('echo-1');
    await gone;
    expect(existsSync(path)).toBe(false);
    await rack.act('echo-1', 'lid', { open: true });
    await expect(rack.act('echo-1', 'say', { text: 'x' })).rejects.toThrow('echo-1 say: the device has no power');
    expect(stateOf(rack)).toMatchObject({ plugged: false, device: { powered: false, lid: 'open' } });

    await rack.plug('echo-1');
    await rack.plug('echo-1');
    const { reads } = await open(path);
    await rack.act('echo-1', 'say', { text: 'again' });
    await reads('again');
    expect(stateOf(rack)).toMatchObject({ plugged: true, device: { powered: true, lid: 'open' } });
    expect(events.filter(({ type }) => type !== 'acted').map(({ type }) => type)).toEqual(['unplugged', 'plugged']);
  });

  test('bytes that no device sent come between its own, all of them, however many', async () => {
    const rack = await start({});
    const { text } = await open(join(dir, 'echo-1'));
    await rack.act('echo-1', 'say', { text: '<' });
    await rack.act('echo-1', 'inject', { base64: Buffer.alloc(200_000, 'x').toString('base64') });
    await rack.act('echo-1', 'say', { text: '>' });
    await until('all of it', () => text() === `<${'x'.repeat(200_000)}>`);
    expect(stateOf(rack).counters).toMatchObject({ sentBytes: 2, lostBytes: 0 });
    await rack.unplug('echo-1');
    await expect(rack.act('echo-1', 'inject', { base64: 'AA==' })).rejects.toThrow('the cable is out');
  });

  test('a host that does not read loses what is past the buffer, and nothing grows', async () => {
    const rack = await start({});
    await rack.act('echo-1', 'say', { text: 'x'.repeat(1000), times: 60 });
    expect(stateOf(rack).counters.lostBytes).toBe(0);
    await rack.act('echo-1', 'say', { text: 'x'.repeat(1000), times: 60 });
    expect(stateOf(rack).counters.lostBytes).toBe(60_000);
  });

  test('stop takes the links away, at any moment', async () => {
    const rack = await start({}, { id: 'echo-2' });
    const going = rack.unplug('echo-1');
    const coming = rack.plug('echo-1');
    await Promise.all([rack.stop(), going, coming]);
    await rack.stop();
    expect(existsSync(join(dir, 'echo-1')) || existsSync(join(dir, 'echo-2'))).toBe(false);
    expect(stateOf(rack).device).toMatchObject({ stopped: true });
  });
});

describe('faults', () => {
  test('hit the named direction until healed', async () => {
    const rack = await start({ faults: { direction: 'to-device', drop: 1 } });
    const { host, reads } = await open(join(dir, 'echo-1'));
    host.write('lost');
    await until('four bytes dropped', () => stateOf(rack).counters.faults.drop === 4);
    await rack.act('echo-1', 'say', { text: 'ok ' });
    await reads('ok ');
    await rack.heal('echo-1');
    host.write('back');
    await reads('ok back');
  });

  test('a cable that slips out comes back by itself', async () => {
    const rack = await start({});
    const events = eventsOf(rack);
    await rack.faults('echo-1', { direction: 'to-host', hangUp: 1, hangUpMs: 5 });
    await rack.act('echo-1', 'say', { text: 'x' });
    await until('back', () => events.some(({ type }) => type === 'plugged'));
    expect(events).toContainEqual({ type: 'unplugged', id: 'echo-1', by: 'fault' });
    expect(stateOf(rack)).toMatchObject({ plugged: true, counters: { faults: { hangUp: 1 } } });
  });

  test('also when both directions slip out at the same byte', async () => {
    const rack = await start({ wire: 'tcp', faults: { hangUp: 1, hangUpMs: 5 } });
    const events = eventsOf(rack);
    const socket = createConnection({ host: '127.0.0.1', port: Number(rack.devices()[0]!.at.split(':')[2]) });
    socket.on('error', () => {});
    socket.write('x');
    await until('back', () => events.some(({ type }) => type === 'plugged'));
    expect(stateOf(rack)).toMatchObject({ plugged: true, counters: { faults: { hangUp: 2 } } });
  });

  test('a cable that was pulled by hand stays out', async () => {
    const rack = await start({});
    await rack.faults('echo-1', { hangUp: 1, hangUpMs: 60_000 });
    await rack.act('echo-1', 'say', { text: 'x' });
    await rack.unplug('echo-1');
    expect(stateOf(rack).plugged).toBe(false);
    await rack.plug('echo-1');
    expect(stateOf(rack).plugged).toBe(true);
  });
});

describe('a device behind TCP', () => {
  const connect = async (rack: Rack) => {
    const port = Number(rack.devices()[0]!.at.split(':')[2]);
    const socket = createConnection({ host: '127.0.0.1', port });
    undo.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };

  test('answers on a loopback port, which it keeps over an unplugging', async () => {
    const rack = await start({ wire: 'tcp' });
    const { at } = rack.devices()[0]!;
    const socket = await connect(rack);
    socket.on('error', () => {});
    socket.write('ping');
    expect((await once(socket, 'data')).toString()).toBe('ping');
    const closed = new Promise((done) => socket.once('close', done));
    await rack.unplug('echo-1');
    await closed;
    await expect(connect(rack)).rejects.toThrow('ECONNREFUSED');
    await rack.plug('echo-1');
    expect(rack.devices()[0]!.at).toBe(at);
    const again = await connect(rack);
    again.write('pong');
    expect((await once(again, 'data')).toString()).toBe('pong');
  });

  test('loses what it says to nobody', async () => {
    const rack = await start({ wire: 'tcp' });
    await rack.act('echo-1', 'say', { text: 'x' });
    await until('counted', () => stateOf(rack).counters.lostBytes === 1);
  });

  test('a taken port is an error, and nothing is left behind', async () => {
    const rack = await start({ wire: 'tcp' });
    const port = Number(rack.devices()[0]!.at.split(':')[2]);
    await expect(start({ id: 'echo-2' }, { id: 'echo-3', wire: 'tcp', port })).rejects.toThrow('EADDRINUSE');
    expect(existsSync(join(dir, 'echo-2'))).toBe(false);
  });
});

describe('what is wrong is said', () => {
  test.each([
    [[{ id: 'Echo' }], 'device Echo: id: must be 1 to 32 of a-z, 0-9 and -'],
    [[{ id: '../up' }], 'id: must be'],
    [[{}, {}], 'device echo-1: two devices have this id'],
    [[{ driver: 'constructor' }], 'there is no simulator "constructor", only echo'],
    [[{ options: { colour: 'red' } }], 'device echo-1: options: Unrecognized key: "colour"'],
    [[{ faults: { drop: 0.6, flip: 0.6 } }], 'must be probabilities that add up to at most 1'],
  ])('%j', async (devices, message) => {
    await expect(start(...(devices as Partial<RackDevice>[]))).rejects.toThrow(message);
  });

  test('for actions', async () => {
    const rack = await start({});
    const asked = [
      [['echo-9', 'say'], 'there is no device echo-9, only echo-1'],
      [
        ['echo-1', 'constructor'],
        'echo-1 has no action constructor, only say, lid, unplug, plug, faults, heal, inject',
      ],
      [['echo-1', 'say', { text: 7 }], 'echo-1 say: text: Invalid input: expected string, received number'],
      [['echo-1', 'plug', { x: 1 }], 'Unrecognized key: "x"'],
    ] as const;
    for (const [[id, action, args], message] of asked) {
      const error = await rack.act(id, action, args).catch((reason: unknown) => reason as RackError);
      expect(error).toBeInstanceOf(RackError);
      expect(error).toMatchObject({ code: 'bad-request', message: expect.stringContaining(message) });
    }
  });
});
