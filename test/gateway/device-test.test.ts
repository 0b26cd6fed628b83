import { expect, test } from 'vitest';
import type { DeviceKind } from '../../device-drivers/driver.ts';
import type { CommandOutcome } from '../../device-drivers/session.ts';
import { deviceTester, readWithinMs } from '../../gateway/device-test.ts';
import type { PrintTested } from '../../gateway/print-test.ts';
import { manualClock } from '../support/manual-clock.ts';

const kinds = new Map<string, DeviceKind>([
  ['scanner-1', 'scanner'],
  ['card-1', 'id-reader'],
  ['printer-1', 'label-printer'],
  ['lamp-1', 'indicator'],
  ['door-1', 'indicator'],
]);

function bench({ printed = { result: {} } as PrintTested, told = {} as Record<string, CommandOutcome> } = {}) {
  const clock = manualClock();
  const commands: string[] = [];
  const tester = deviceTester({
    clock,
    kindOf: (device) => kinds.get(device),
    command: async (device, name) => {
      commands.push(`${device} ${name}`);
      return told[`${device} ${name}`] ?? { status: 'done', result: { outcome: 'done' } };
    },
    printTest: async () => printed,
    isCode: (text) => /^T\d{10}$/.test(text),
  });
  return { clock, commands, tester };
}

test('of what is scanned a code of an object is shown, and of anything else only its end', async () => {
  const { commands, tester } = bench();
  const tube = tester.test('scanner-1');
  tester.heard('card-1', { type: 'scan', text: 'T0000000009' });
  tester.heard('scanner-1', { type: 'scan', text: 'T0000000001' });
  expect(await tube).toEqual({ outcome: 'read', text: 'T0000000001' });
  expect(commands).toEqual(['scanner-1 beep']);
  const person = tester.test('scanner-1');
  tester.heard('scanner-1', { type: 'scan', text: 'QR:410199199003070018|张三|10000000000' });
  expect(await person).toEqual({
    outcome: 'read',
    text: '36 characters …0000',
    parts: [{ characters: 36, tail: '…0000' }],
  });
});

test('a card is shown masked', async () => {
  const { tester } = bench();
  const card = tester.test('card-1');
  const identity = {
    type: 'identity',
    source: 'card',
    idType: '01',
    name: '张三',
    idNumber: '410199199003070018',
  } as const;
  tester.heard('card-1', identity);
  expect(await card).toEqual({ outcome: 'read', text: '张* 4101…0018' });
});

test('nothing read in time is said, and what is read later belongs to no test', async () => {
  const { clock, tester } = bench();
  const silent = tester.test('scanner-1');
  expect(await tester.test('scanner-1')).toEqual({ outcome: 'failed', text: 'busy' });
  clock.advance(readWithinMs);
  expect(await silent).toEqual({ outcome: 'silent', text: '' });
  tester.heard('scanner-1', { type: 'scan', text: 'T0000000001' });
  const next = tester.test('scanner-1');
  tester.heard('scanner-1', { type: 'scan', text: 'T0000000002' });
  expect(await next).toEqual({ outcome: 'read', text: 'T0000000002' });
});

test('a label that nothing proves is not called printed', async () => {
  const of = (printed: PrintTested) => bench({ printed }).tester.test('printer-1');
  expect(await of({ result: { outcome: 'done' } })).toEqual({ outcome: 'printed', text: '' });
  const unproved = await of({ error: 'printed_unconfirmed', result: { outcome: 'printed_unconfirmed' } });
  expect(unproved.outcome).toBe('unproved');
  expect(await of({ error: 'failed, paper-out', result: { outcome: 'failed' } })).toEqual({
    outcome: 'failed',
    text: 'failed, paper-out',
  });
});

test('a lamp blinks, a lock is pulsed, and one that cannot says why', async () => {
  const unknown: CommandOutcome = { status: 'refused', why: 'unknown-command' };
  const { commands, tester } = bench({ told: { 'door-1 pattern': unknown } });
  expect(await tester.test('lamp-1')).toEqual({ outcome: 'switched', text: '' });
  expect(await tester.test('door-1')).toEqual({ outcome: 'switched', text: '' });
  expect(commands).toEqual(['lamp-1 pattern', 'door-1 pattern', 'door-1 pulse']);
  const away = bench({ told: { 'lamp-1 pattern': { status: 'refused', why: 'not-ready' } } });
  expect(await away.tester.test('lamp-1')).toEqual({ outcome: 'failed', text: 'not-ready' });
  const broken: CommandOutcome = { status: 'done', result: { outcome: 'failed', fault: { code: 'port-busy' } } };
  expect(await bench({ told: { 'lamp-1 pattern': broken } }).tester.test('lamp-1')).toEqual({
    outcome: 'failed',
    text: 'port-busy',
  });
});

test('a device that is not there is not tested', async () => {
  expect(await bench().tester.test('constructor')).toEqual({ outcome: 'failed', text: 'unknown-device' });
});
