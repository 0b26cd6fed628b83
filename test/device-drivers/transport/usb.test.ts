/** The bulk transport against simulated endpoints: no USB bus can be had here (test/support/usb-endpoints.ts). */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinkLost, LinkOpenError } from '../../../device-drivers/link.ts';
import { openLink } from '../../../device-drivers/transport/open.ts';
import { openUsb, usbPresent } from '../../../device-drivers/transport/usb.ts';
import { samFrame, samFraming, samLenMin } from '../../../device-drivers/wire/sam.ts';
import { until } from '../../support/until.ts';
import { type UsbEndpoints, usbEndpoints } from '../../support/usb-endpoints.ts';
import { commands } from '../../vectors/id-sam.ts';
import { find, found } from '../../vectors/id-sam-usb.ts';

const split = { out: [6, 2], in: [5, 1] };
const whole = { out: [2], in: [1] };
const target = '0400:C35A';

async function opened(device: UsbEndpoints) {
  const received: Uint8Array[] = [];
  const closed: string[] = [];
  const link = await openUsb(
    target,
    { data: (chunk) => received.push(chunk.slice()), closed: (reason) => closed.push(reason) },
    async () => [device.port],
  );
  return { link, received, closed, bytes: () => Buffer.concat(received) };
}
const why = async (opening: Promise<unknown>) => {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof LinkOpenError ? error.why : error;
};
const nothing = { data() {}, closed() {} };

describe('a reader with two pairs of endpoints', () => {
  test('gets a frame as head and rest, and its answer is put together', async () => {
    const device = usbEndpoints(split);
    const { link, bytes } = await opened(device);
    await link.write(commands.find, 1000);
    expect(device.written).toEqual([
      { endpoint: 2, bytes: find.ep02 },
      { endpoint: 6, bytes: find.ep06 },
    ]);
    // The rest may be there before anybody asked for it.
    device.send(5, found.ep85);
    device.send(1, found.ep81);
    const answer = Buffer.concat([found.ep81, found.ep85]);
    await until('the answer', () => bytes().length === answer.length);
    expect(bytes()).toEqual(answer);
    await link.close();
    expect(device.log).toEqual(['open', 'claim 0', 'release 0', 'close']);
  });

  test('any frames in any packets are one stream, in order', async () => {
    const body = fc.uint8Array({ minLength: 3, maxLength: 1400 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(8, 64, 512),
        async (bodies, packetSize) => {
          const device = usbEndpoints({ ...split, packetSize });
          const { link, received, bytes } = await opened(device);
          const frames = bodies.map(samFrame);
          for (const frame of frames) {
            device.send(1, frame.subarray(0, 7));
            device.send(5, frame.subarray(7));
          }
          const sent = Buffer.concat(frames);
          await until('all of it', () => bytes().length === sent.length);
          const framing = samFraming({ lenMin: samLenMin.reply, stallMs: 200 });
          expect(received.flatMap((chunk) => framing.push(chunk))).toEqual(bodies.map((frame) => ({ frame })));
          await link.close();
        },
      ),
      { numRuns: 8 },
    );
  });

  test('a head without its rest blocks nothing: the next answer comes through', async () => {
    const device = usbEndpoints(split);
    const { link, bytes } = await opened(device);
    device.send(1, found.ep81);
    await until('the head', () => bytes().length === 7);
    device.send(1, found.ep81);
    await until('the next head', () => bytes().length === 14);
    device.send(5, found.ep85);
    await until('its rest', () => bytes().length === 22);
    await link.close();
  });

  test('a head that lies about its length is waited for no longer than any', async () => {
    const device = usbEndpoints(split);
    const { link, bytes } = await opened(device);
    device.send(1, Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69, 0xff, 0xff));
    device.send(5, found.ep85);
    device.send(1, found.ep81);
    await until('the head behind it', () => bytes().length === 7 + 8 + 7);
    await link.close();
  });

  test('several writes keep their order', async () => {
    const device = usbEndpoints(split);
    const { link } = await opened(device);
    await Promise.all([link.write(commands.find, 1000), link.write(commands.select, 1000)]);
    expect(device.written.map(({ endpoint }) => endpoint)).toEqual([2, 6, 2, 6]);
    expect(Buffer.concat(device.written.map(({ bytes }) => bytes))).toEqual(
      Buffer.concat([commands.find, commands.select]),
    );
    await link.close();
  });
});

test('a reader with one pair gets frames whole and sends them in packets', async () => {
  const device = usbEndpoints(whole);
  const { link, bytes } = await opened(device);
  await link.write(commands.find, 1000);
  expect(device.written).toEqual([{ endpoint: 2, bytes: commands.find }]);
  // 128 bytes: full packets only, and no empty one behind them.
  const answer = samFrame(new Uint8Array(120).fill(7));
  expect(answer).toHaveLength(128);
  device.send(1, answer);
  await until('all of it', () => bytes().length === answer.length);
  expect(bytes()).toEqual(Buffer.from(answer));
  await link.close();
});

describe('a link over USB', () => {
  test('ends when the device is pulled out, and a waiting write with it', async () => {
    const device = usbEndpoints(split);
    const { link, closed } = await opened(device);
    device.stall(true);
    const write = link.write(commands.find, 60_000);
    const lost = expect(write).rejects.toBeInstanceOf(LinkLost);
    device.unplug();
    await lost;
    await until('closed', () => closed.length > 0);
    expect(closed[0]).toMatch(/Disconnected/);
    await expect(link.write(commands.find, 10)).rejects.toBeInstanceOf(LinkLost);
    await link.close();
    expect(closed).toHaveLength(1);
  });

  test('ends when a write is not taken in its time', async () => {
    const device = usbEndpoints(split);
    const { link, closed } = await opened(device);
    device.stall(true);
    await expect(link.write(commands.find, 20)).rejects.toBeInstanceOf(LinkLost);
    await until('closed', () => closed.length > 0);
    expect(closed).toHaveLength(1);
  });

  test('holds back while it is paused and loses nothing', async () => {
    const device = usbEndpoints(split);
    const { link, bytes } = await opened(device);
    link.pause();
    link.pause();
    device.send(1, found.ep81);
    device.send(5, found.ep85);
    await link.write(commands.find, 1000);
    expect(bytes()).toHaveLength(0);
    link.resume();
    await until('the answer', () => bytes().length === 15);
    await link.close();
  });

  test('is closed by us once, also while it is paused', async () => {
    const { link, closed } = await opened(usbEndpoints(split));
    link.pause();
    await Promise.all([link.close(), link.close()]);
    expect(closed).toEqual(['closed by us']);
  });
});

describe('opening', () => {
  const open = (devices: readonly UsbEndpoints[], at = target) =>
    openUsb(at, nothing, async () => devices.map(({ port }) => port));

  test.each([
    ['denied', { openError: 'open error: failed to open device: permission denied (errno 13)' }],
    ['busy', { claimError: 'claimInterface error: interface is busy (errno 16)' }],
    ['missing', { openError: 'open error: device disconnected' }],
    ['failed', { openError: 'open error: other error' }],
  ])('%s', async (expected, errors) => {
    expect(await why(open([usbEndpoints({ ...split, ...errors })]))).toBe(expected);
  });

  test('no device, several devices, one by its serial number', async () => {
    expect(await why(open([]))).toBe('missing');
    const two = [usbEndpoints({ ...split, serial: 'A1' }), usbEndpoints({ ...split, serial: 'B2' })];
    expect(await why(open(two))).toBe('failed');
    expect(await why(open(two, `${target}:C3`))).toBe('missing');
    const link = await open(two, `${target}:B2`);
    expect(two.map(({ log }) => log.length > 0)).toEqual([false, true]);
    await link.close();
  });

  test('a device with other endpoints is not touched further', async () => {
    const device = usbEndpoints({ out: [1, 2, 3], in: [1] });
    expect(await why(open([device]))).toBe('unsupported');
    expect(device.log).toEqual(['open', 'close']);
  });

  test.each(['', '0400', '0400:c35', 'c35a:0400:', 'xxxx:0400'])('%j is no target', async (at) => {
    expect(await why(open([], at))).toBe('failed');
  });

  test('by its address, with the real binding: there is no such reader here', async () => {
    const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;
    expect(await why(openLink({ scheme: 'usb', target: '0400:c35a:no-such-serial' }, line, nothing))).toBe('missing');
  });
});

test('whether it is there is read from sysfs, with another mark after each plug', async () => {
  const sys = mkdtempSync(join(tmpdir(), 'hutgate-usb-'));
  const plug = (name: string, fields: Record<string, string>) => {
    const dir = join(sys, 'bus/usb/devices', name);
    mkdirSync(dir, { recursive: true });
    for (const [field, value] of Object.entries(fields)) writeFileSync(join(dir, field), `${value}\n`);
  };
  expect(await usbPresent(target, sys)).toBe(false);
  plug('1-1', { idVendor: '1234', idProduct: 'c35a', devnum: '4' });
  plug('1-2', { idVendor: '0400', idProduct: 'c35a', devnum: '7', serial: 'A1' });
  plug('1-2:1.0', {});
  const first = await usbPresent(target, sys);
  expect(first).toBe('1-2/7');
  expect(await usbPresent(`${target}:A1`, sys)).toBe(first);
  expect(await usbPresent(`${target}:B2`, sys)).toBe(false);
  plug('1-2', { devnum: '8' });
  expect(await usbPresent(target, sys)).not.toBe(first);
  rmSync(sys, { recursive: true });
});
