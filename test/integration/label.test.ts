/** A label through the whole gateway: the centre's command, the driver over a real port, and what lies in the printer's tray. */
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { address, deviceInState, deviceOf, drained, lookAt, ready, type WholeHut, wholeHut } from './whole-hut.ts';

const printer = { id: 'printer-1', driver: 'printer-zpl', options: { statusEveryMs: 500 } };

async function hutWithPrinter(labelMs: number, wire: 'pty' | 'tcp' = 'pty') {
  const simulator = { wire, options: { behaviour: { labelMs } } };
  const hut = await wholeHut({ devices: [{ ...printer, simulator }] });
  hut.start();
  await ready(hut);
  return hut;
}

const print = (hut: WholeHut) => hut.central.command(address, 'print-test', { device: 'printer-1' });
const act = (hut: WholeHut, action: string, args: object) => hut.rack.act('printer-1', action, args);
const printed = async (hut: WholeHut) => (await lookAt(hut, 'printer-1')).printedTotal;

test.each(['pty', 'tcp'] as const)('over %s a label is printed once, and proved', async (wire) => {
  const hut = await hutWithPrinter(50, wire);
  const answer = await print(hut);
  expect(answer).toMatchObject({ status: 'done', result: { outcome: 'done', proof: 'odometer' } });
  expect(await printed(hut)).toBe(1);
  await drained(hut, 0);
  expect(hut.central.report()).toMatchObject({ violations: 0, gaps: 0 });
});

test.each([
  ['printer-tspl', { outcome: 'done', proof: 'seen-printing' }],
  ['printer-escpos', { outcome: 'done', proof: 'acknowledged' }],
])('the same command prints on a %s', async (driver, result) => {
  const hut = await wholeHut({
    devices: [{ ...printer, driver, simulator: { wire: 'tcp', options: { behaviour: { labelMs: 1_500 } } } }],
  });
  hut.start();
  await ready(hut);
  expect(await print(hut)).toMatchObject({ status: 'done', result });
  const { printed: texts } = await lookAt(hut, 'printer-1');
  expect(texts).toEqual([expect.stringContaining('打印测试')]);
});

test('what is not proved is no success: printed_unconfirmed', async () => {
  const simulator = { options: { behaviour: { hidesPrinting: true } } };
  const hut = await wholeHut({ devices: [{ ...printer, driver: 'printer-tspl', simulator }] });
  hut.start();
  await ready(hut);
  expect(await print(hut)).toMatchObject({
    ...{ status: 'failed', error: 'printed_unconfirmed: print-unproven' },
    result: { outcome: 'printed_unconfirmed' },
  });
  expect(await printed(hut)).toBe(1);
});

test('a device that prints nothing refuses the command', async () => {
  const hut = await wholeHut({ devices: [{ id: 'printer-1', driver: 'scanner-line' }] });
  hut.start();
  await ready(hut);
  expect(await print(hut)).toMatchObject({ status: 'failed', error: 'failed: no-printer' });
});

test('paper out in mid-job: the answer is no success, and with new paper nothing comes out', async () => {
  const hut = await hutWithPrinter(60_000);
  const answer = print(hut);
  await until('the label to move', async () => (await lookAt(hut, 'printer-1')).labelsWaiting === 1);
  await act(hut, 'paper', { labels: 0 });
  expect(await answer).toMatchObject({
    ...{ status: 'failed', error: 'unknown: paper-out' },
    result: { outcome: 'unknown', fault: { code: 'paper-out' } },
  });
  await deviceInState(hut, 'printer-1', 'degraded');
  expect((await deviceOf(hut, 'printer-1'))?.reason?.code).toBe('paper-out');

  await act(hut, 'behave', { labelMs: 0 });
  await act(hut, 'paper', {});
  await deviceInState(hut, 'printer-1', 'ready');
  expect(await lookAt(hut, 'printer-1')).toMatchObject({ printedTotal: 0, labelsWaiting: 0, partialFormat: false });
  expect(await print(hut)).toMatchObject({ status: 'done', result: { outcome: 'done' } });
  expect(await printed(hut)).toBe(1);
});

test('an open lid fails the job before anything is sent', async () => {
  const hut = await hutWithPrinter(0);
  await act(hut, 'lid', { open: true });
  expect(await print(hut)).toMatchObject({
    ...{ status: 'failed', error: 'failed: head-open' },
    result: { outcome: 'failed', fault: { code: 'head-open' } },
  });
  await act(hut, 'lid', { open: false });
  await deviceInState(hut, 'printer-1', 'ready');
  expect(await lookAt(hut, 'printer-1')).toMatchObject({ printedTotal: 0, labelsWaiting: 0 });
});

test('a printer pulled out between two jobs refuses the next at once, and back again prints nothing by itself', async () => {
  const hut = await hutWithPrinter(0);
  expect(await print(hut)).toMatchObject({ status: 'done' });
  await hut.rack.unplug('printer-1');
  await deviceInState(hut, 'printer-1', 'missing');
  expect(await print(hut)).toMatchObject({
    status: 'failed',
    error: 'failed: not-ready',
    result: { outcome: 'failed' },
  });
  await hut.rack.plug('printer-1');
  await deviceInState(hut, 'printer-1', 'ready');
  expect(await lookAt(hut, 'printer-1')).toMatchObject({ printedTotal: 1, labelsWaiting: 0, partialFormat: false });
  // The next label is the next one asked for, and no other.
  expect(await print(hut)).toMatchObject({ status: 'done' });
  expect(await printed(hut)).toBe(2);
});
