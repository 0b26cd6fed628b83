/** A USB printer behind the kernel's usblp: /dev/usb/lp0, what a PTY in its place cannot show. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFile } from '../../device-drivers/transport/file.ts';
import type { UsbPrinter } from '../../simulators/lab/usb-printer.ts';
import { longLabel, type Running, run, until } from './lab.ts';
import { labelPrinter, printerNode } from './usb-devices.ts';

const at = `file:${printerNode}`;
const label = (text: string) => `^XA^FO20,20^FD${text}^FS^XZ`;
let printer: UsbPrinter;
const open: Running[] = [];
const start = async () => {
  await plugged();
  const running = await run('printer-zpl', at);
  open.push(running);
  return running;
};
const plugged = () => until('the printer plugged in', () => existsSync(printerNode));
const unplugged = () => until('the printer unplugged', () => !existsSync(printerNode));

beforeEach(() => {
  printer = labelPrinter();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ session }) => session.close()));
  printer.remove();
  await unplugged();
});

test('a label is printed, and the odometer proves it', async () => {
  const running = await start();
  const outcome = await running.session.command('print', { jobId: 'job-1', label: label('T0000000001') });
  expect(outcome).toMatchObject({ status: 'done', result: { outcome: 'done', proof: 'odometer' } });
  expect(printer.state()).toMatchObject({ printed: [expect.stringContaining('T0000000001')] });
});

test('somebody else has it open: said as busy', async () => {
  await start();
  await expect(openFile(printerNode, { data() {}, closed() {} })).rejects.toMatchObject({ why: 'busy' });
});

test('pulled while idle: the loss is noticed, and it prints when it is back', async () => {
  const running = await start();
  printer.unplug();
  await until('the connection over', () => running.ended() !== undefined);
  expect(running.ended()).toMatchObject({ code: 'link-lost' });
  await unplugged();
  await expect(run('printer-zpl', at)).rejects.toThrow('port-missing');
  printer.plug();
  const again = await start();
  await again.session.command('print', { jobId: 'job-2', label: label('T0000000002') });
  expect(printer.state()).toMatchObject({ printed: [expect.stringContaining('T0000000002')] });
});

test('pulled in mid-write: the job is not said to be done, and nothing of it is sent to what comes back', async () => {
  const running = await start();
  const before = printer.receivedBytes();
  const printing = running.session.command('print', { jobId: 'job-3', label: longLabel });
  await until('the first of it at the printer', () => printer.receivedBytes() > before + 1_000);
  printer.unplug();
  expect(await printing).not.toMatchObject({ result: { outcome: 'done' } });
  await unplugged();
  printer.plug();
  await start();
  expect(printer.state()).toMatchObject({ printed: [], labelsWaiting: 0, partialFormat: false });
});
