/** What `hutgate devices` says of real kernel devices: by which name each is found again, and the line to paste. */
import { afterEach, expect, test } from 'vitest';
import { discover } from '../../device-drivers/discovery/discover.ts';
import { suggest } from '../../device-drivers/discovery/suggest.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { gpioSim, hasGpioSim } from '../../simulators/lab/gpio-chip.ts';
import { hidBench } from './hid-bench.ts';
import { plugged, serialRack, socketOf, until } from './lab.ts';

const { plug, clear } = hidBench();
afterEach(clear);

const addresses = async () => (await discover()).map(({ naming }) => naming.at);

test('adapters by their serial numbers where those are their own, else by socket', async () => {
  for (const id of socketOf.keys()) {
    await serialRack().plug(id);
    await plugged(id);
  }
  const byId = (serial: string) => `serial:/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_${serial}-if00-port0`;
  expect(await addresses()).toEqual(
    expect.arrayContaining([
      ...[`serial:${socketOf.get('scanner-1')}`, `serial:${socketOf.get('scanner-2')}`],
      ...[byId('CARD1'), byId('BOX1'), byId('PRINTER1')],
    ]),
  );
});

test('HID devices by vendor, product and serial number, with the driver that fits', async () => {
  for (const driver of ['scanner-hid-pos', 'scanner-hid-keyboard', 'id-sam-hid', 'probe-temper']) plug(driver);
  const attached = await until('all four', async () => {
    const all = (await discover()).filter(({ found }) => found.bus === 'hid');
    return all.length === 4 ? all : undefined;
  });
  const lines = suggest(attached, drivers).map(({ line }) => line);
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/driver: scanner-hid-pos, at: "hid:0c2e:0b81:SIM0042"/),
      expect.stringMatching(/driver: scanner-hid-keyboard, at: "hid:0c2e:0b61"/),
      expect.stringMatching(/driver: id-sam-hid, at: "hid:10c4:0007"/),
      expect.stringMatching(/driver: probe-temper, at: "hid:3553:a001"/),
    ]),
  );
});

test.skipIf(!hasGpioSim())('a GPIO chip by its label', async () => {
  const chip = gpioSim('hut-board', 8);
  try {
    await until('the chip', async () => (await addresses()).includes('gpio:hut-board'));
  } finally {
    await chip.remove();
  }
});
