import { expect, test } from 'vitest';
import { printerEscpos } from '../../../simulators/devices/printer-escpos.ts';
import { simulatedDevice } from '../../support/simulated-device.ts';
import { cleared, model, printed, status } from '../../vectors/printer-escpos.ts';

function start(options: unknown = {}) {
  const { ask, ...simulated } = simulatedDevice(printerEscpos, options);
  return { ...simulated, say: (text: string, waitMs = 0) => hex(ask(text, waitMs)) };
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const ask = (n: number) => `\x10\x04${String.fromCharCode(n)}`;

test('its answers are the golden ones', () => {
  const { say, act } = start();
  expect([1, 2, 3, 4].map((n) => say(ask(n)))).toEqual(Array(4).fill(hex(status.well)));
  expect(say('\x1dI\x43')).toBe(hex(model));
  act('lid', { open: true });
  expect([say(ask(1)), say(ask(2))]).toEqual([hex(status.offline1), hex(status.coverOpen2)]);
  act('lid', { open: false });
  act('paper', { labels: 3 });
  expect(say(ask(4))).toBe(hex(status.paperNearEnd4));
  act('paper', { labels: 0 });
  expect([say(ask(2)), say(ask(4))]).toEqual([hex(status.paperEnd2), hex(status.paperEnd4)]);
  act('paper', {});
  act('cutter', { jammed: true });
  expect([say(ask(2)), say(ask(3))]).toEqual([hex(status.error2), hex(status.cutter3)]);
  act('cutter', { jammed: false });
  expect(say('\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08')).toBe(hex(cleared));
});

test('the acknowledgement comes when the slip is out, status at any time before', () => {
  const { say } = start();
  const request = '\x1d(H\x06\x00\x30\x300015';
  expect(say(`hello\n\x1dV\x42\x00${request}${ask(1)}`, 599)).toBe(hex(status.well));
  expect(say('', 1)).toBe(hex(printed));
});

test('real time is real: a question in the middle of a barcode is answered, and is no part of it', () => {
  const { clock, printed: slips, say } = start();
  expect(say(`\x1dkI\x06{BT1${ask(1)}23\n\x1dV\x00`)).toBe(hex(status.well));
  clock.advance(600);
  expect(slips()).toEqual(['\x1dkI\x06{BT123\n']);
});

test('the slip that came out last has a picture', async () => {
  const { say, device } = start();
  expect(() => device.actions.get('picture')!.run({})).toThrow('nothing has been printed yet');
  say('\x1b@\x1c&slip\n\x1dV\x42\x00', 600);
  expect(await device.actions.get('picture')!.run({})).toEqual({ png: expect.stringMatching(/^iVBORw0KGgo/) });
});
