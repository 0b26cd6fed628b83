/** The reader of `id-sam` over bulk endpoints. The endpoints are simulated: no USB bus can be had here. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import type { Identity, Reading } from '../../../device-drivers/driver.ts';
import { idSamUsb } from '../../../device-drivers/drivers/id-sam-usb.ts';
import type { Fault } from '../../../device-drivers/faults.ts';
import { openSession } from '../../../device-drivers/session.ts';
import { openUsb } from '../../../device-drivers/transport/usb.ts';
import { idSamUsb as simulator } from '../../../simulators/devices/id-sam-usb.ts';
import { people } from '../../../simulators/people.ts';
import { until } from '../../support/until.ts';
import { usbEndpoints } from '../../support/usb-endpoints.ts';
import { samIdPrinted } from '../../vectors/id-sam.ts';

/** Head by 02 and 81, rest by 06 and 85; or all by one pair. */
const layouts = [
  ['two pairs of endpoints', { out: [2, 6], in: [1, 5] }],
  ['one pair', { out: [2], in: [1] }],
] as const;

function plugged(endpoints: { readonly out: readonly number[]; readonly in: readonly number[] }) {
  const usb = usbEndpoints(endpoints);
  const isSplit = endpoints.in.length > 1;
  const device = simulator.create(simulator.options.parse({ findMs: [0, 0], readMs: [0, 0], otherMs: [0, 0] }), {
    clock: systemClock,
    random: () => 0.5,
    send(frame) {
      usb.send(endpoints.in[0]!, isSplit ? frame.subarray(0, 7) : frame);
      if (isSplit) usb.send(endpoints.in[1]!, frame.subarray(7));
    },
  });
  usb.onWrite((_, bytes) => device.receive(bytes));
  const readings: Reading[] = [];
  const identities: Identity[] = [];
  const endings: (Fault | null)[] = [];
  const session = openSession({
    driver: idSamUsb,
    options: idSamUsb.options.parse({ pollMs: 100 }),
    open: (events) => openUsb('0400:c35a', events, async () => [usb.port]),
    clock: systemClock,
    events: {
      opened() {},
      ready: (identity) => identities.push(identity),
      reading: (reading) => readings.push(reading),
      repeat() {},
      fault() {},
      condition() {},
      ended: (fault) => endings.push(fault),
    },
  });
  const act = (name: string, args: object = {}) => {
    const action = device.actions.get(name)!;
    action.run(action.args.parse(args));
  };
  return { usb, device, session, readings, identities, endings, act };
}

test.each(layouts)('a card is read through %s', async (_, endpoints) => {
  const r = plugged(endpoints);
  await until('identified', () => r.identities.length > 0);
  expect(r.identities).toEqual([{ serial: samIdPrinted }]);
  r.act('present', { person: people[0]!.id });
  await until('the card', () => r.readings.length > 0);
  expect(r.readings).toMatchObject([{ type: 'identity', source: 'card', idNumber: people[0]!.idNumber }]);
  await r.session.close();
  r.device.stop();
  expect(r.endings).toEqual([null]);
});

test.each(layouts)('pulled out of %s, the session ends as a lost link', async (_, endpoints) => {
  const r = plugged(endpoints);
  await until('identified', () => r.identities.length > 0);
  r.usb.unplug();
  await until('the end', () => r.endings.length > 0);
  expect(r.endings).toMatchObject([{ code: 'link-lost' }]);
  r.device.stop();
});
