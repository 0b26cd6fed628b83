/** `hutgate devices` as a technician runs it, with one of each kind plugged in. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { discover } from '../../device-drivers/discovery/discover.ts';
import { suggest } from '../../device-drivers/discovery/suggest.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { gpioSim, hasGpioSim } from '../../simulators/lab/gpio-chip.ts';
import { hidBench } from './hid-bench.ts';
import { plugged, serialRack, socketOf, until } from './lab.ts';
import { cardReader, labelPrinter } from './usb-devices.ts';

/** As it is installed, file for file: the other suites start it from few. */
const hutgateBin = join(process.cwd(), 'dist/gateway/cli/hutgate.js');

const { plug, clear } = hidBench();
const gone: (() => unknown)[] = [];
afterEach(async () => {
  for (const remove of gone.splice(0)) await remove();
  await clear();
});

test.skipIf(!hasGpioSim())('every device by its stable name, with its driver', async () => {
  for (const id of socketOf.keys()) {
    await serialRack().plug(id);
    await plugged(id);
  }
  for (const driver of ['scanner-hid-pos', 'scanner-hid-keyboard', 'id-sam-hid', 'probe-temper']) plug(driver);
  const printer = labelPrinter();
  gone.push(printer.remove);
  gone.push((await cardReader()).remove);
  gone.push(gpioSim('hut-board', 8).remove);

  // A process takes seconds to start here, so it is asked once all of it is there.
  await until('all devices', async () => {
    const lines = suggest(await discover(), drivers).map(({ line }) => line);
    return wanted.every((pattern) => lines.some((line) => pattern.test(line)));
  });
  const { stdout } = await promisify(execFile)(hutgateBin, ['devices']);
  for (const pattern of [...wanted, /gpio:hut-board/]) expect(stdout).toMatch(pattern);
});

const byId = (serial: string) => new RegExp(`serial:/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_${serial}-if00-port0"`);
const wanted = [
  ...[byId('CARD1'), byId('BOX1'), byId('PRINTER1')],
  ...['scanner-1', 'scanner-2'].map((id) => new RegExp(`serial:${socketOf.get(id)}"`)),
  /driver: scanner-hid-pos, at: "hid:0c2e:0b81:SIM0042"/,
  /driver: scanner-hid-keyboard, at: "hid:0c2e:0b61/,
  /driver: id-sam-hid, at: "hid:10c4:0007/,
  /driver: probe-temper, at: "hid:3553:a001/,
  /driver: printer-zpl, at: "file:\/dev\/usb\/(by-id\/usb-\S+|by-path\/\S+|lp0)"/,
  /driver: id-sam-usb, at: "usb:0400:c35a"/,
];
