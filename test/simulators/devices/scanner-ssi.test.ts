import { expect, test } from 'vitest';
import { ssiFraming, ssiOpcode, ssiPacket, ssiSource } from '../../../device-drivers/wire/ssi.ts';
import { scannerSsi } from '../../../simulators/devices/scanner-ssi.ts';
import { manualClock } from '../../support/manual-clock.ts';

const ack = ssiPacket(ssiSource.host, ssiOpcode.ack);

function plugIn() {
  const clock = manualClock();
  const framing = ssiFraming(ssiSource.scanner);
  const sent: number[] = [];
  const device = scannerSsi.create(scannerSsi.options.parse({ sleepsAfterMs: 0 }), {
    clock,
    random: () => 0,
    send: (bytes) => {
      for (const item of framing.push(bytes)) if ('frame' in item) sent.push(item.frame.opcode);
    },
  });
  const scan = (text: string) => device.actions.get('scan')!.run({ text, type: 3, encoding: 'utf8' });
  return { clock, device, scan, sent };
}

test.each([0x20, 0xff])('a length byte bent to %i swallows no acknowledgement that follows', (length) => {
  const { clock, device, scan, sent } = plugIn();
  scan('T1');
  device.receive(ack.with(0, length));
  clock.advance(300);
  expect(sent).toEqual([ssiOpcode.decodeData]);
  device.receive(ack);
  clock.advance(10_000);
  expect(device.state()).toMatchObject({ transmitErrors: 0 });
  scan('T2');
  expect(sent).toEqual([ssiOpcode.decodeData, ssiOpcode.decodeData]);
});

test('an acknowledgement behind a bent one is found when the line falls silent', () => {
  const { clock, device, scan } = plugIn();
  scan('T1');
  device.receive(ack.with(0, 0x20));
  device.receive(ack);
  clock.advance(10_000);
  expect(device.state()).toMatchObject({ transmitErrors: 0 });
  expect(() => scan('T2')).not.toThrow();
});

test('half a packet is forgotten with the power', () => {
  const { clock, device, scan, sent } = plugIn();
  device.receive(ack.subarray(0, 3));
  device.power(false);
  clock.advance(1_000);
  device.power(true);
  scan('T1');
  device.receive(ack);
  expect(sent).toEqual([ssiOpcode.decodeData]);
  expect(() => scan('T2')).not.toThrow();
});
