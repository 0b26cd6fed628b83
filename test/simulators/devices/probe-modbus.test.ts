import { describe, expect, test } from 'vitest';
import { withCrc } from '../../../device-drivers/wire/modbus.ts';
import { probeModbus } from '../../../simulators/devices/probe-modbus.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { exceptions, pta9b01, r4dcb08, xyMd02 } from '../../vectors/probe-modbus.ts';

function plugIn(options: unknown = {}) {
  const clock = manualClock();
  const sent: Uint8Array[] = [];
  const device = probeModbus.create(probeModbus.options.parse(options), {
    clock,
    random: () => 0.5,
    send: (bytes) => sent.push(bytes),
  });
  const take = () => Buffer.concat(sent.splice(0)).toString('hex');
  return {
    clock,
    device,
    take,
    ask(request: Uint8Array) {
      device.receive(request);
      clock.advance(100);
      return take();
    },
    act: (name: string, args: unknown = {}) => {
      const action = device.actions.get(name)!;
      return action.run(action.args.parse(args));
    },
  };
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const request = (...bytes: number[]) => withCrc(Uint8Array.from(bytes));

describe('the golden frames, from the device’s side', () => {
  test('XY-MD02', () => {
    const bus = plugIn({ probes: [{ profile: 'xy-md02', celsius: [4.2], humidity: 54.6 }] });
    expect(bus.ask(xyMd02.readBoth)).toBe(hex(xyMd02.both4_2And54_6));
    bus.act('set-temperature', { celsius: -20.5 });
    expect(bus.ask(xyMd02.readBoth)).toBe(hex(xyMd02.bothMinus20_5And54_6));
    bus.act('set-temperature', { celsius: 30.5 });
    expect(bus.ask(xyMd02.readTemperature)).toBe(hex(xyMd02.temperature30_5));
    expect(bus.ask(xyMd02.readUnit)).toBe(hex(request(1, 3, 2, 0, 1)));
    expect(bus.ask(xyMd02.setUnit2)).toBe(hex(xyMd02.setUnit2));
    expect(bus.ask(xyMd02.readBoth)).toBe('');
    expect(bus.ask(request(2, 4, 0, 1, 0, 1))).toBe(hex(request(2, 4, 2, 1, 0x31)));
  });

  test('R4DCB08: four channels, find by broadcast, correction, new unit', () => {
    const bus = plugIn({ probes: [{ celsius: [4.2, 3.9, -0.5, null] }] });
    expect(bus.ask(r4dcb08.read4)).toBe(hex(r4dcb08.fourChannels));
    expect(bus.ask(r4dcb08.findUnit)).toBe(hex(request(0xff, 3, 2, 0, 1)));
    expect(bus.ask(r4dcb08.correctChannel1Minus0_3)).toBe(hex(r4dcb08.correctChannel1Minus0_3));
    expect(bus.ask(request(1, 3, 0, 0, 0, 1))).toBe(hex(request(1, 3, 2, 0, 39)));
    expect(bus.ask(r4dcb08.setBaud9600)).toBe(hex(r4dcb08.setBaud9600));
    expect(bus.ask(r4dcb08.setUnit3)).toBe(hex(r4dcb08.setUnit3));
    expect(bus.device.state()).toMatchObject({ probes: [{ unit: 3 }] });
  });

  test('R4DCB08 reports by itself when told to, until told otherwise', () => {
    const bus = plugIn();
    bus.ask(r4dcb08.reportEvery5s);
    bus.clock.advance(10_000);
    expect(bus.take().match(/010310/g)).toHaveLength(2);
    bus.ask(request(1, 6, 0, 0xfd, 0, 0));
    bus.clock.advance(60_000);
    expect(bus.take()).toBe('');
  });

  test('PTA9B01: temperature and the resistance of a PT100', () => {
    const bus = plugIn({ probes: [{ profile: 'pta9b01', celsius: [25.3] }] });
    const reply = Buffer.from(bus.ask(pta9b01.read), 'hex');
    expect(reply.readUInt16BE(3)).toBe(0x00fd);
    // The manual's example says 109.8 ohm; IEC 60751 at 25.3 degrees is 109.85.
    expect(Math.abs(reply.readUInt16BE(5) - 0x044a)).toBeLessThanOrEqual(1);
  });

  test.each(exceptions.filter(([readFunction]) => readFunction === 3))(
    'function %i, exception %i',
    (_, code, frame) => {
      const bus = plugIn({ behaviour: { exception: code } });
      expect(bus.ask(r4dcb08.read4)).toBe(hex(frame));
    },
  );

  test('a register, a function or a value the table does not have is refused by its number', () => {
    const bus = plugIn();
    expect(bus.ask(request(1, 3, 0, 0x40, 0, 1))).toBe(hex(exceptions[1]![2]));
    expect(bus.ask(request(1, 4, 0, 0, 0, 1))).toBe(hex(request(1, 0x84, 1)));
    expect(bus.ask(request(1, 3, 0, 0, 0, 0))).toBe(hex(request(1, 0x83, 3)));
    expect(bus.ask(request(1, 6, 0, 0xfe, 0, 0))).toBe(hex(exceptions[4]![2]));
  });
});

describe('the bus', () => {
  test('each unit answers for itself, nobody answers for a stranger or for unit 0', () => {
    const bus = plugIn({
      probes: [
        { unit: 1, celsius: [1] },
        { unit: 2, celsius: [2] },
      ],
    });
    expect(bus.ask(request(1, 3, 0, 0, 0, 1))).toBe(hex(request(1, 3, 2, 0, 10)));
    expect(bus.ask(request(2, 3, 0, 0, 0, 1))).toBe(hex(request(2, 3, 2, 0, 20)));
    expect(bus.ask(request(3, 3, 0, 0, 0, 1))).toBe('');
    expect(bus.ask(request(0, 3, 0, 0, 0, 1))).toBe('');
  });

  test('requests in any chunks, behind noise, and only with a right CRC', () => {
    const bus = plugIn({ probes: [{ celsius: [4.2, 3.9, -0.5, null] }] });
    for (const byte of r4dcb08.read4) bus.device.receive(Uint8Array.of(byte));
    expect(bus.ask(new Uint8Array(0))).toBe(hex(r4dcb08.fourChannels));
    expect(bus.ask(Buffer.concat([Buffer.from('noise'), r4dcb08.read4]))).toBe(hex(r4dcb08.fourChannels));
    const spoiled = Uint8Array.from(r4dcb08.read4);
    spoiled[7]! ^= 1;
    expect(bus.ask(spoiled)).toBe('');
  });

  test('behaves badly as it is told, and well again', () => {
    const bus = plugIn({ probes: [{ celsius: [4.2, 3.9, -0.5, null] }] });
    const good = hex(r4dcb08.fourChannels);
    bus.act('behave', { mute: true });
    expect(bus.ask(r4dcb08.read4)).toBe('');
    bus.act('behave', { badCrc: true });
    expect(bus.ask(r4dcb08.read4)).toBe(`${good.slice(0, -2)}c8`);
    bus.act('behave', { noiseBytes: 3 });
    expect(bus.ask(r4dcb08.read4)).toBe(`808080${good}`);
    bus.act('behave', { echo: true });
    expect(bus.ask(r4dcb08.read4)).toBe(hex(r4dcb08.read4) + good);
    bus.act('behave', {});
    expect(bus.ask(r4dcb08.read4)).toBe(good);
  });

  test('without power it is silent, forgets half a request and what it was about to say', () => {
    const bus = plugIn();
    bus.device.receive(r4dcb08.read4);
    bus.device.power(false);
    bus.clock.advance(1_000);
    expect(bus.ask(r4dcb08.read4)).toBe('');
    bus.device.power(true);
    expect(bus.ask(r4dcb08.read4)).not.toBe('');
  });

  test('a channel or unit that is not there is refused in words', () => {
    const bus = plugIn({ probes: [{ profile: 'xy-md02' }] });
    expect(() => bus.act('set-temperature', { channel: 2, celsius: 1 })).toThrow('xy-md02 has no channel 2');
    expect(() => bus.act('detach-sensor', { unit: 9 })).toThrow('no probe has unit 9');
  });
});
