/** An ID-card reader with bulk endpoints (0400:C35A) on the kernel's USB, by the package `usb`. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usbPresent } from '../../device-drivers/transport/usb.ts';
import type { UsbReader } from '../../simulators/lab/usb-reader.ts';
import { type Running, run, until } from './lab.ts';
import { cardReader } from './usb-devices.ts';

const target = '0400:c35a';
let reader: UsbReader;
const open: Running[] = [];
const start = async () => {
  await until('the reader', () => usbPresent(target));
  // The kernel shows it in /sys a moment before it has its node and its configuration.
  const running = await until('the reader open', () =>
    run('id-sam-usb', `usb:${target}`, { pollMs: 200 }).catch((error: Error) => {
      if (!/port-missing|not configured/.test(error.message)) throw error;
      return undefined;
    }),
  );
  open.push(running);
  return running;
};
const card = ({ readings }: Running) => until('the card', () => readings[0]);

beforeEach(async () => {
  reader = await cardReader();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ session }) => session.close()));
  await reader?.remove();
  await until('the reader gone', async () => !(await usbPresent(target)));
});

test('a card is read through two pairs of endpoints', async () => {
  const running = await start();
  await reader.act('present');
  expect(await card(running)).toMatchObject({ type: 'identity', source: 'card', checkDigitOk: true });
});

test('pulled while it is asked: the loss is noticed; back again, it reads the card that lies there', async () => {
  const running = await start();
  await reader.unplug();
  await until('the connection over', () => running.ended() !== undefined);
  expect(running.ended()).toMatchObject({ code: 'link-lost' });
  expect(running.readings).toEqual([]);
  await until('the reader gone', async () => !(await usbPresent(target)));
  await expect(run('id-sam-usb', `usb:${target}`)).rejects.toThrow('port-missing');
  await reader.plug();
  await reader.act('present');
  expect(await card(await start())).toMatchObject({ type: 'identity', checkDigitOk: true });
});
