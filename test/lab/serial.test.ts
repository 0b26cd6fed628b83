/** USB serial adapters that are pulled out: real ttyUSB ports of the kernel's ftdi_sio, udev's links, node-serialport. */
import { closeSync, constants, openSync, realpathSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { codesOf, longLabel, plugged, type Running, run, serialRack, socketOf, unplugged, until } from './lab.ts';

const rack = serialRack();
const open: Running[] = [];
const start = async (...args: Parameters<typeof run>) => {
  const running = await run(...args);
  open.push(running);
  return running;
};
// Silence ends no code here: half of one waits for the rest.
const scanner = (id = 'scanner-1') =>
  start('scanner-line', `serial:${socketOf.get(id)}`, { suffix: 'CR', idleEndMs: 0 });
const over = (running: Running) => until('the connection over', () => running.ended() !== undefined);

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ session }) => session.close()));
  for (const id of socketOf.keys()) {
    await rack.plug(id);
    await plugged(id);
  }
});

test('a scanner reads; 50 codes in a burst lose none', async () => {
  const running = await scanner();
  const codes = Array.from({ length: 50 }, (_, n) => `T${String(n).padStart(10, '0')}`);
  for (const text of codes) await rack.act('scanner-1', 'scan', { text });
  await until('all codes', () => running.readings.length >= codes.length);
  expect(codesOf(running)).toEqual(codes);
});

test('pulled while idle: the loss is noticed, and it comes back on the same link', async () => {
  const running = await scanner();
  await rack.unplug('scanner-1');
  await over(running);
  expect(running.ended()).toMatchObject({ code: 'link-lost' });
  await unplugged('scanner-1');
  await expect(run('scanner-line', `serial:${socketOf.get('scanner-1')}`)).rejects.toThrow('port-missing');
  await rack.plug('scanner-1');
  await plugged('scanner-1');
  const again = await scanner();
  await rack.act('scanner-1', 'scan', { text: 'T0000000001' });
  await until('the code', () => again.readings.length > 0);
  expect(codesOf(again)).toEqual(['T0000000001']);
});

test('pulled in mid-read: half a code is no reading, also not together with what comes after', async () => {
  const running = await scanner();
  await rack.act('scanner-1', 'inject', { base64: Buffer.from('T0000').toString('base64') });
  await until('half a code', () => running.tally.bytes === 5);
  await rack.unplug('scanner-1');
  await over(running);
  expect(running.readings).toEqual([]);
  expect(running.tally.discardedBytes.get('incomplete')).toBe(5);
  await unplugged('scanner-1');
  await rack.plug('scanner-1');
  await plugged('scanner-1');
  const again = await scanner();
  await rack.act('scanner-1', 'scan', { text: 'T0000000002' });
  await until('the code', () => again.readings.length > 0);
  expect(codesOf(again)).toEqual(['T0000000002']);
});

test('pulled in mid-write: the job is not said to be done, and nothing of it is sent to the printer that comes back', async () => {
  const at = `serial:${socketOf.get('printer-1')}`;
  const running = await start('printer-zpl', at);
  const printing = running.session.command('print', { jobId: 'job-1', label: longLabel });
  const before = (await rack.state()).find(({ id }) => id === 'printer-1')!.counters.receivedBytes;
  await until('the first of it at the printer', async () => {
    const state = (await rack.state()).find(({ id }) => id === 'printer-1')!;
    return state.counters.receivedBytes > before + 1_000;
  });
  await rack.unplug('printer-1');
  const outcome = await printing;
  expect(outcome).not.toMatchObject({ status: 'done', result: { outcome: 'done' } });
  await over(running);
  await unplugged('printer-1');
  await rack.plug('printer-1');
  await plugged('printer-1');
  await start('printer-zpl', at);
  const state = (await rack.state()).find(({ id }) => id === 'printer-1')!;
  expect(state.device).toMatchObject({ printed: [], labelsWaiting: 0, partialFormat: false });
});

test('put back under another number: the link by socket finds it', async () => {
  const link = socketOf.get('box-1')!;
  const running = await start('probe-modbus', `serial:${link}`, { profile: 'r4dcb08', pollMs: 500 });
  await until('a temperature', () => running.readings.length > 0);
  const oldPort = realpathSync(link);
  // Whoever holds the old port keeps its number taken.
  const holder = openSync(oldPort, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    await rack.unplug('box-1');
    await over(running);
    await unplugged('box-1');
    await rack.plug('box-1');
    await plugged('box-1');
    expect(realpathSync(link)).not.toBe(oldPort);
    const again = await start('probe-modbus', `serial:${link}`, { profile: 'r4dcb08', pollMs: 500 });
    await until('a temperature', () => again.readings.length > 0);
  } finally {
    closeSync(holder);
  }
});

test('two identical scanners are told apart by their sockets, also when they come back in the other order', async () => {
  const plugIn = async (...ids: string[]) => {
    for (const id of ids) {
      await rack.unplug(id);
      await unplugged(id);
    }
    for (const id of ids) {
      await rack.plug(id);
      await plugged(id);
    }
    return ids.map((id) => realpathSync(socketOf.get(id)!));
  };
  // The kernel gives its numbers in the order of plugging in.
  expect(await plugIn('scanner-1', 'scanner-2')).toEqual(await plugIn('scanner-2', 'scanner-1'));
  const [one, two] = [await scanner('scanner-1'), await scanner('scanner-2')];
  await rack.act('scanner-1', 'scan', { text: 'T0000000001' });
  await rack.act('scanner-2', 'scan', { text: 'T0000000002' });
  await until('both codes', () => one.readings.length > 0 && two.readings.length > 0);
  expect([codesOf(one), codesOf(two)]).toEqual([['T0000000001'], ['T0000000002']]);
});

test('a card is read over a real port', async () => {
  const running = await start('id-sam', `serial:${socketOf.get('card-1')}`);
  await rack.act('card-1', 'present', {});
  await until('the card', () => running.readings.length > 0);
  expect(running.readings).toMatchObject([{ type: 'identity', source: 'card', checkDigitOk: true }]);
});
