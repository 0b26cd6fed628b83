/**
 * The HID transport over a `/sys` of files. The binding is a stand-in with the habits that were measured of node-hid 3.4 on a
 * real kernel: no machine that runs this test has `/dev/uhid`. The real binding and kernel are tested in the lab.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Link, LinkLost, LinkOpenError } from '../../../device-drivers/link.ts';
import { openHid } from '../../../device-drivers/transport/hid.ts';
import { type HidBinding, nodeHid } from '../../../device-drivers/transport/hid-binding.ts';
import { findHid, hidPresence, listHid } from '../../../device-drivers/transport/hid-sysfs.ts';
import { isPresent, openLink } from '../../../device-drivers/transport/open.ts';
import { hidTree } from '../../support/hid-tree.ts';

const scanner = { vendor: 0x0c2e, product: 0x0b81, serial: 'S1', interface: 0, port: '1-4.2' };
const keyboard = { ...scanner, product: 0x0b61, inputs: ['0', '0'] } as const;

let tree: ReturnType<typeof hidTree>;
beforeEach(() => {
  tree = hidTree();
});
afterEach(() => tree.remove());

describe('finding a device', () => {
  const find = (target: string) => findHid(target, tree.sysDir).then(({ node }) => node);

  test('by vendor and product, also with serial number and interface, and by its node', async () => {
    tree.plug('hidraw0', scanner);
    tree.plug('hidraw1', { vendor: 0x413d, product: 0x2107, interface: 1, port: '1-3' });
    for (const target of ['0c2e:0b81', '0C2E:0B81', '0c2e:0b81:S1', '0c2e:0b81#0', '0c2e:0b81:S1#0', '/dev/hidraw0'])
      expect([target, await find(target)]).toEqual([target, 'hidraw0']);
    expect(await find('413d:2107#1')).toBe('hidraw1');
  });

  test.each(['0c2e:0b82', '0c2e:0b81:S2', '0c2e:0b81#1', '/dev/hidraw7'])('%s is missing', async (target) => {
    tree.plug('hidraw0', scanner);
    await expect(find(target)).rejects.toMatchObject({ why: 'missing' });
    expect(await hidPresence(target, tree.sysDir)).toBe(false);
  });

  test('is never a guess: two that fit are named, with what would tell them apart', async () => {
    tree.plug('hidraw0', scanner);
    tree.plug('hidraw1', { ...scanner, serial: 'S2', port: '1-4.3' });
    await expect(find('0c2e:0b81')).rejects.toThrow(
      '0c2e:0b81 fits /dev/hidraw0 (serial S1, interface 0) and /dev/hidraw1 (serial S2, interface 0): add :serial',
    );
    expect(await find('0c2e:0b81:S2')).toBe('hidraw1');
  });

  test('two interfaces of one device want an interface, two of a kind without serial numbers a node', async () => {
    tree.plug('hidraw0', { vendor: 0x413d, product: 0x2107, interface: 0, port: '1-3' });
    tree.plug('hidraw1', { vendor: 0x413d, product: 0x2107, interface: 1, port: '1-3' });
    await expect(find('413d:2107')).rejects.toThrow('add #interface');
    tree.plug('hidraw2', { vendor: 0x413d, product: 0x2107, interface: 1, port: '1-5' });
    await expect(find('413d:2107#1')).rejects.toThrow('cannot be told apart');
  });

  test('a target that is none is told so', async () => {
    for (const target of ['', '../../etc', '0c2e', '0c2e:0b81#123', '/dev/sda'])
      await expect(find(target)).rejects.toThrow(LinkOpenError);
  });

  test('its mark is another one after a replug under the same name', async () => {
    tree.plug('hidraw0', scanner);
    const before = await hidPresence('0c2e:0b81', tree.sysDir);
    expect(before).toMatch(/^0003:0C2E:0B81\./);
    tree.unbind('hidraw0');
    rmSync(join(tree.sysDir, 'bus/usb/devices', '1-4.2:1.0'));
    expect(await hidPresence('0c2e:0b81', tree.sysDir)).toBe(false);
    tree.plug('hidraw0', scanner);
    const after = await hidPresence('0c2e:0b81', tree.sysDir);
    expect(after).not.toBe(false);
    expect(after).not.toBe(before);
  });

  test('a device that vanishes while it is being looked at is not there', async () => {
    tree.plug('hidraw0', scanner);
    rmSync(join(tree.sysDir, 'devices'), { recursive: true });
    expect(await listHid(tree.sysDir)).toEqual([]);
  });

  test('a machine without hidraw has no HID device', async () => {
    expect(await listHid('/nonexistent')).toEqual([]);
    expect(await isPresent({ scheme: 'hid', target: 'ffff:fffe' })).toBe(false);
    const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;
    await expect(
      openLink({ scheme: 'hid', target: 'ffff:fffe' }, line, { data() {}, closed() {} }),
    ).rejects.toMatchObject({ why: 'missing' });
  });
});

describe('an open device', () => {
  let chunks: string[];
  let reasons: string[];
  let written: string[];
  let opened: string[];
  let closes: number;
  let failing: (backend: string, path: string) => void;
  let onWrite: () => Promise<number>;
  let toHost: { data(report: Uint8Array): void; error(error: unknown): void };

  const binding: HidBinding = {
    async open(backend, path) {
      failing(backend, path);
      opened.push(`${backend} ${path.replace(tree.devDir, '/dev')}`);
      if (backend === 'libusb') tree.unbind('hidraw0');
      const listeners: { data?: (report: Uint8Array) => void; error?: (error: unknown) => void } = {};
      toHost = { data: (report) => listeners.data?.(report), error: (error) => listeners.error?.(error) };
      return {
        on(event: 'data' | 'error', listener: (value: never) => void) {
          if (event === 'data' && listeners.data) throw new TypeError('read is already running');
          Object.assign(listeners, { [event]: listener });
        },
        write(report) {
          written.push(Buffer.from(report).toString('hex'));
          return onWrite();
        },
        sendFeatureReport: (report) => {
          written.push(`feature ${Buffer.from(report).toString('hex')}`);
          return onWrite();
        },
        async close() {
          closes += 1;
        },
      };
    },
  };
  const open = (target = '0c2e:0b81'): Promise<Link> =>
    openHid(
      target,
      { data: (chunk) => chunks.push(Buffer.from(chunk).toString('hex')), closed: (why) => reasons.push(why) },
      { ...tree, binding },
    );

  beforeEach(() => {
    [chunks, reasons, written, opened] = [[], [], [], []];
    closes = 0;
    failing = () => {};
    onWrite = async () => 64;
  });

  test('gives one chunk per report, in order, empty ones too', async () => {
    tree.plug('hidraw0', { ...scanner, reportDescriptor: Uint8Array.of(5, 0x8c) });
    const link = await open();
    expect(opened).toEqual(['hidraw /dev/hidraw0']);
    expect([...link.reportDescriptor!]).toEqual([5, 0x8c]);
    for (const report of [[1, 2], [3], [], [4, 5]]) toHost.data(Uint8Array.from(report));
    await expect.poll(() => chunks).toEqual(['0102', '03', '', '0405']);
  });

  test('writes each report as it is, and reports a refused feature without an end', async () => {
    tree.plug('hidraw0', scanner);
    const link = await open();
    await link.write(Uint8Array.of(0, 1, 2), 1000);
    expect(await link.writeFeature!(Uint8Array.of(0xfe, 1), 1000)).toBe(true);
    onWrite = () => Promise.reject(new Error('Broken pipe'));
    expect(await link.writeFeature!(Uint8Array.of(0xfe, 1), 1000)).toBe(false);
    expect(written).toEqual(['000102', 'feature fe01', 'feature fe01']);
    expect(reasons).toEqual([]);
  });

  test('held back while paused, then all of it comes', async () => {
    tree.plug('hidraw0', scanner);
    const link = await open();
    link.pause();
    for (let at = 0; at < 100; at++) toHost.data(Uint8Array.of(at));
    expect(chunks).toEqual([]);
    link.resume();
    await expect.poll(() => chunks.length).toBe(100);
    expect(chunks[99]).toBe('63');
  });

  test('a flood that nobody takes is a clear end, not memory without end', async () => {
    tree.plug('hidraw0', scanner);
    const link = await open();
    link.pause();
    for (let at = 0; at < 5000; at++) toHost.data(Uint8Array.of(1));
    await expect.poll(() => reasons).toEqual(['nobody took 4096 reports']);
  });

  test('unplugged: node-hid says so with a string; the link closes once, and the handle with it', async () => {
    tree.plug('hidraw0', scanner);
    const link = await open();
    toHost.error('could not read from HID device: unexpected poll error (device disconnected)');
    toHost.error('again');
    await expect.poll(() => reasons.length).toBe(1);
    expect(reasons[0]).toContain('device disconnected');
    expect(closes).toBe(1);
    toHost.data(Uint8Array.of(1));
    expect(chunks).toEqual([]);
    await expect(link.write(Uint8Array.of(0), 10)).rejects.toThrow(LinkLost);
  });

  test('a write that fails or stalls ends the link', async () => {
    tree.plug('hidraw0', scanner);
    onWrite = () => Promise.reject('cannot write to hid device');
    await expect((await open()).write(Uint8Array.of(0), 1000)).rejects.toThrow(LinkLost);
    onWrite = () => new Promise(() => {});
    await expect((await open()).write(Uint8Array.of(0), 5)).rejects.toThrow('not taken within 5 ms');
    await expect((await open()).writeFeature!(Uint8Array.of(0), 5)).rejects.toThrow(LinkLost);
    await expect.poll(() => reasons.length).toBe(3);
  });

  test.each([
    ['Permission denied', 'denied'],
    ['No such file or directory', 'missing'],
    ['Device or resource busy', 'busy'],
    ['Invalid argument', 'failed'],
  ])('refused by the kernel with "%s" is %s', async (text, why) => {
    tree.plug('hidraw0', scanner);
    failing = (_, path) => {
      throw new Error(`cannot open device with path ${path}: Failed to open a device with path '${path}': ${text}`);
    };
    await expect(open()).rejects.toMatchObject({ why });
  });

  describe('that types', () => {
    const open61 = () => open('0c2e:0b61');
    const noLibusb = (backend: string) => {
      if (backend === 'libusb') throw new LinkOpenError('unsupported', 'libusb-1.0.so.0: cannot open');
    };

    test('is taken from the kernel by libusb', async () => {
      const inputs = tree.plug('hidraw0', keyboard);
      const { unbind } = tree;
      tree.unbind = (node) => {
        unbind(node);
        for (const input of inputs) rmSync(input, { recursive: true });
      };
      await open61();
      expect(opened).toEqual(['libusb 1-4.2:1.0']);
    });

    test('left detached by a killed program it is found again, and still counts as there', async () => {
      tree.plug('hidraw0', keyboard);
      tree.unbind('hidraw0');
      expect(await hidPresence('0c2e:0b61:S1#0', tree.sysDir)).toBe('1-4.2:1.0@7');
      await open('0c2e:0b61:S1#0');
      expect(opened).toEqual(['libusb 1-4.2:1.0']);
    });

    test('detached and not to be had is busy', async () => {
      tree.plug('hidraw0', keyboard);
      tree.unbind('hidraw0');
      failing = () => {
        throw new Error('hid_error is not implemented yet');
      };
      await expect(open61()).rejects.toMatchObject({ why: 'busy' });
    });

    test('is not read while the kernel has its keys all the same', async () => {
      tree.plug('hidraw0', { ...keyboard, inputs: [null] });
      await expect(open61()).rejects.toMatchObject({ why: 'shared' });
      expect(closes).toBe(1);
    });

    test('without libusb its input devices are inhibited, and given back at the end', async () => {
      const inputs = tree.plug('hidraw0', keyboard);
      failing = noLibusb;
      const link = await open61();
      expect(opened).toEqual(['hidraw /dev/hidraw0']);
      const inhibited = () => inputs.map((input) => readFileSync(join(input, 'inhibited'), 'utf8').trim());
      expect(inhibited()).toEqual(['1', '1']);
      await link.close();
      expect(inhibited()).toEqual(['0', '0']);
    });

    test('what was inhibited before stays so', async () => {
      const [input] = tree.plug('hidraw0', { ...keyboard, inputs: ['1'] });
      failing = noLibusb;
      await (await open61()).close();
      expect(readFileSync(join(input!, 'inhibited'), 'utf8').trim()).toBe('1');
    });

    test('on no USB only inhibiting is left', async () => {
      tree.plug('hidraw0', { vendor: 0x0c2e, product: 0x0b61, inputs: ['0'] });
      await open61();
      expect(opened).toEqual(['hidraw /dev/hidraw0']);
    });

    test('where neither works it is not opened, nothing is left changed, and the error names both', async () => {
      const [first] = tree.plug('hidraw0', { ...keyboard, inputs: ['0', null] });
      failing = noLibusb;
      await expect(open61()).rejects.toThrow(
        /^\/dev\/hidraw0 \(serial S1, interface 0\) types into the focused window: libusb cannot open it \(libusb-1.0.so.0: cannot open\); input11: this kernel cannot inhibit it/,
      );
      await expect(open61()).rejects.toMatchObject({ why: 'shared' });
      expect(opened).toEqual([]);
      expect(readFileSync(join(first!, 'inhibited'), 'utf8').trim()).toBe('0');
    });
  });
});

test('the real binding says what this machine lacks: libusb, or the device', async () => {
  for (const backend of ['hidraw', 'libusb'] as const) {
    const error = await nodeHid.open(backend, '/dev/hidraw99').catch((thrown: unknown) => thrown);
    const text =
      error instanceof LinkOpenError ? /libusb-1\.0.*apt install libusb-1\.0-0/ : /cannot open device with path/;
    expect((error as Error).message).toMatch(text);
  }
});
