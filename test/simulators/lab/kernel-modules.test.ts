import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { modulesInOrder } from '../../../simulators/lab/kernel-modules.ts';

/** Files that hold of a module what is read of it. */
function tree(modules: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-modules-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [path, depends] of Object.entries(modules)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), `\x7fELF\0license=GPL\0depends=${depends}\0name=x\0`);
  }
  return dir;
}

const order = (dir: string, names: string[]) => modulesInOrder(dir, names).map((file) => basename(file));

test('each after what it depends on, once; hyphens and underscores are the same', () => {
  const dir = tree({
    'kernel/drivers/hid/usbhid/usbhid.ko': 'hid,usbcore',
    'kernel/drivers/hid/hid.ko': '',
    'kernel/drivers/hid/hid-generic.ko': 'hid',
    'kernel/drivers/usb/core/usbcore.ko': 'usb-common',
    'kernel/drivers/usb/common/usb-common.ko': '',
  });
  expect(order(dir, ['usbhid', 'hid_generic', 'usbhid'])).toEqual([
    ...['hid.ko', 'usb-common.ko', 'usbcore.ko', 'usbhid.ko', 'hid-generic.ko'],
  ]);
});

test('one that is missing is named, with who wants it', () => {
  const dir = tree({ 'kernel/ftdi_sio.ko': 'usbserial' });
  expect(() => modulesInOrder(dir, ['ftdi_sio'])).toThrow('the kernel module usbserial, wanted by ftdi_sio, is not in');
});
