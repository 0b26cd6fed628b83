/**
 * An RS-485 bus with temperature probes on it: XY-MD02, R4DCB08 and PTA9B01 by their makers' register tables, behind
 * MODBUS Application Protocol V1.1b3 functions 03, 04 and 06. Any number of unit ids share the bus.
 */
import { z } from 'zod';
import { type RtuFrame, rtuFraming, withCrc } from '../../device-drivers/wire/modbus.ts';
import { defineAction, defineSimulator, type SimulatedDevice, type SimulatorContext } from '../device.ts';

const unit = z.int().min(1).max(247);
const celsius = z.number().min(-200).max(850);
const behaviour = z.strictObject({
  mute: z.boolean().default(false).describe('Never answers'),
  exception: z.int().min(0).max(255).default(0).describe('Refuses every request with this exception; 0 is none'),
  badCrc: z.boolean().default(false).describe('Answers with a wrong CRC'),
  split: z.boolean().default(false).describe('Answers byte by byte'),
  noiseBytes: z.int().min(0).max(4096).default(0).describe('Noise before each answer'),
  echo: z.boolean().default(false).describe('The adapter hears its own requests'),
  replyAfterMs: z.int().min(0).max(60_000).default(5).describe('Time to answer'),
});
const options = z.strictObject({
  probes: z
    .array(
      z.strictObject({
        unit: unit.default(1),
        profile: z.enum(['xy-md02', 'r4dcb08', 'pta9b01']).default('r4dcb08'),
        celsius: z
          .array(celsius.nullable())
          .max(8)
          .default([4.2, 4.4, 4.1, 4.3, 4.6, 4, 4.5, 4.2])
          .describe('By channel; null: no sensor'),
        humidity: z.number().min(0).max(100).default(55),
      }),
    )
    .min(1)
    .max(16)
    .prefault([{}]),
  behaviour: behaviour.prefault({}),
});
type Options = z.infer<typeof options>;
type Behaviour = z.infer<typeof behaviour>;

interface Probe {
  unit: number;
  readonly profile: Options['probes'][number]['profile'];
  readonly celsius: (number | null)[];
  humidity: number;
  /** Degrees added to each channel by the correction registers, as signed tenths. */
  readonly correction: number[];
  /** R4DCB08 0x00FD: reports by itself every so many seconds. */
  reportEverySeconds: number;
  baudCode: number;
}

const openSensor = 0x8000;
const illegalFunction = 1;
const illegalAddress = 2;
const illegalValue = 3;

const channelsOf = { 'xy-md02': 1, r4dcb08: 8, pta9b01: 1 } as const;

const tenths = (value: number) => Math.round(value * 10) & 0xffff;

function temperatureRegister(probe: Probe, channel: number): number {
  const value = probe.celsius[channel];
  return value === null || value === undefined
    ? openSensor
    : tenths(value + signed(probe.correction[channel] ?? 0) / 10);
}

const signed = (register: number) => (register << 16) >> 16;

/** The register's value, or undefined where the maker's table has none. */
function readRegister(probe: Probe, readFunction: number, address: number): number | undefined {
  switch (probe.profile) {
    case 'xy-md02':
      if (readFunction === 4) {
        return new Map([
          [0x0001, temperatureRegister(probe, 0)],
          [0x0002, tenths(probe.humidity)],
        ]).get(address);
      }
      return new Map([
        [0x0101, probe.unit],
        [0x0102, probe.baudCode],
        [0x0103, probe.correction[0] ?? 0],
        [0x0104, 0],
      ]).get(address);
    case 'r4dcb08':
      if (readFunction !== 3) return undefined;
      if (address < 8) return temperatureRegister(probe, address);
      if (address < 16) return probe.correction[address - 8] ?? 0;
      return new Map([
        [0x00fd, probe.reportEverySeconds],
        [0x00fe, probe.unit],
        [0x00ff, probe.baudCode],
      ]).get(address);
    case 'pta9b01':
      if (readFunction !== 3) return undefined;
      return new Map([
        [0, temperatureRegister(probe, 0)],
        [1, ohmsRegister(probe.celsius[0])],
        [2, probe.unit],
        [3, probe.baudCode],
      ]).get(address);
  }
}

/** Tenths of the resistance of a PT100 (IEC 60751, above zero exact, below within 0.1 ohm to -40). */
function ohmsRegister(value: number | null | undefined): number {
  return value === null || value === undefined ? 0xffff : tenths(100 + 0.39083 * value - 0.00005775 * value * value);
}

/** Exception code, or undefined when the register took the value. */
function writeRegister(probe: Probe, address: number, value: number): number | undefined {
  const unitAddress = { 'xy-md02': 0x0101, r4dcb08: 0x00fe, pta9b01: 2 }[probe.profile];
  const baudAddress = { 'xy-md02': 0x0102, r4dcb08: 0x00ff, pta9b01: 3 }[probe.profile];
  if (address === unitAddress) {
    if (value < 1 || value > 247) return illegalValue;
    probe.unit = value;
  } else if (address === baudAddress) probe.baudCode = value;
  else if (probe.profile === 'xy-md02' && address === 0x0103) probe.correction[0] = value;
  else if (probe.profile === 'r4dcb08' && address >= 8 && address < 16) probe.correction[address - 8] = value;
  else if (probe.profile === 'r4dcb08' && address === 0x00fd) {
    if (value > 255) return illegalValue;
    probe.reportEverySeconds = value;
  } else return illegalAddress;
  return undefined;
}

const exception = (request: RtuFrame, code: number) => Uint8Array.of(request[0]!, request[1]! | 0x80, code);

function readReply(
  probe: Probe,
  answeringUnit: number,
  readFunction: number,
  address: number,
  count: number,
): RtuFrame | number {
  if (count < 1 || count > 125) return illegalValue;
  const bytes = [answeringUnit, readFunction, 2 * count];
  for (let index = 0; index < count; index++) {
    const register = readRegister(probe, readFunction, address + index);
    if (register === undefined) return illegalAddress;
    bytes.push(register >> 8, register & 0xff);
  }
  return Uint8Array.from(bytes);
}

function answer(probe: Probe, request: RtuFrame): RtuFrame {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const [, requestFunction = 0] = request;
  const knows = probe.profile === 'xy-md02' ? [3, 4, 6] : [3, 6];
  if (!knows.includes(requestFunction)) return exception(request, illegalFunction);
  if (requestFunction === 6) {
    const refused = writeRegister(probe, view.getUint16(2), view.getUint16(4));
    return refused === undefined ? request : exception(request, refused);
  }
  // The broadcast that asks "which unit are you" is answered with the number that was asked for.
  const reply = readReply(probe, request[0]!, requestFunction, view.getUint16(2), view.getUint16(4));
  return typeof reply === 'number' ? exception(request, reply) : reply;
}

/** Requests with two words (01 to 06), and 0F/10 with a byte count; nothing else can be told from noise by its length. */
function requestLength(head: Uint8Array): number | 'more' | 'none' {
  if (head.length < 2) return 'more';
  const requestFunction = head[1]!;
  if (requestFunction >= 1 && requestFunction <= 6) return 8;
  if (requestFunction !== 0x0f && requestFunction !== 0x10) return 'none';
  return head.length < 7 ? 'more' : head[6]! > 246 ? 'none' : 9 + head[6]!;
}

function create(settings: Options, context: SimulatorContext): SimulatedDevice {
  const probes: Probe[] = settings.probes.map(({ unit, profile, celsius, humidity }) => ({
    ...{ unit, profile, humidity, celsius: [...celsius], correction: [], reportEverySeconds: 0, baudCode: 3 },
  }));
  let behave: Behaviour = settings.behaviour;
  let framing = rtuFraming(requestLength);
  let powered = true;
  let requests = 0;
  const timers = new Set<() => void>();
  const reports = new Map<Probe, () => void>();

  const after = (ms: number, fn: () => void) => {
    const cancel = context.clock.after(ms, () => {
      timers.delete(cancel);
      fn();
    });
    timers.add(cancel);
    return () => timers.delete(cancel) && cancel();
  };
  const stop = () => {
    for (const cancel of timers) cancel();
    timers.clear();
  };

  const transmit = (reply: RtuFrame) => {
    const bytes = withCrc(reply);
    if (behave.badCrc) bytes[bytes.length - 1]! ^= 0xff;
    if (behave.noiseBytes > 0) {
      context.send(Uint8Array.from({ length: behave.noiseBytes }, () => Math.floor(context.random() * 256)));
    }
    if (behave.split) for (const byte of bytes) context.send(Uint8Array.of(byte));
    else context.send(bytes);
  };

  /** Begins anew with each setting of the period. */
  const report = (probe: Probe) => {
    reports.get(probe)?.();
    if (probe.reportEverySeconds === 0) return;
    const cancel = after(probe.reportEverySeconds * 1000, () => {
      // The manual does not print a report; taken to be what a read of all channels answers.
      const reply = readReply(probe, probe.unit, 3, 0, 8);
      if (typeof reply !== 'number' && !behave.mute) transmit(reply);
      report(probe);
    });
    reports.set(probe, cancel);
  };

  const handle = (request: RtuFrame) => {
    requests += 1;
    if (behave.echo) context.send(withCrc(request));
    // 0 is the broadcast of the standard, which nobody answers; 0xFF the one R4DCB08 answers.
    const asked = probes.filter(
      (p) => p.unit === request[0] || request[0] === 0 || (request[0] === 0xff && p.profile === 'r4dcb08'),
    );
    for (const probe of asked) {
      const period = probe.reportEverySeconds;
      const reply = behave.exception > 0 ? exception(request, behave.exception) : answer(probe, request);
      if (probe.reportEverySeconds !== period) report(probe);
      if (request[0] !== 0 && !behave.mute) after(behave.replyAfterMs, () => transmit(reply));
    }
  };

  const probeAt = (wanted: number) => {
    const found = probes.find((p) => p.unit === wanted);
    if (!found) throw new Error(`no probe has unit ${wanted}`);
    return found;
  };
  const channelOf = (probe: Probe, channel: number) => {
    if (channel > channelsOf[probe.profile]) throw new Error(`${probe.profile} has no channel ${channel}`);
    return channel - 1;
  };
  const target = { unit: unit.default(1), channel: z.int().min(1).max(8).default(1) };

  return {
    receive(chunk) {
      if (!powered) return;
      for (const item of framing.push(chunk)) if ('frame' in item) handle(item.frame);
    },
    actions: new Map([
      [
        'set-temperature',
        defineAction({
          describe: 'Bring a sensor to a temperature; plugs it in when it was not',
          args: z.strictObject({ ...target, celsius }),
          run({ unit, channel, celsius }) {
            const probe = probeAt(unit);
            probe.celsius[channelOf(probe, channel)] = celsius;
          },
        }),
      ],
      [
        'set-humidity',
        defineAction({
          describe: 'Bring the humidity sensor to a percentage',
          args: z.strictObject({ unit: target.unit, humidity: z.number().min(0).max(100) }),
          run({ unit, humidity }) {
            probeAt(unit).humidity = humidity;
          },
        }),
      ],
      [
        'detach-sensor',
        defineAction({
          describe: 'Unplug a sensor from its channel',
          args: z.strictObject(target),
          run({ unit, channel }) {
            const probe = probeAt(unit);
            probe.celsius[channelOf(probe, channel)] = null;
          },
        }),
      ],
      [
        'behave',
        defineAction({
          describe: 'Change how the bus behaves; what is not named is normal again',
          args: behaviour,
          run(wanted) {
            behave = wanted;
          },
        }),
      ],
    ]),
    state: () => ({
      powered,
      requests,
      behaviour: behave,
      probes: probes.map(({ unit, profile, celsius, humidity }) => ({
        unit,
        profile,
        celsius: [...celsius],
        humidity,
      })),
    }),
    power(on) {
      powered = on;
      stop();
      framing = rtuFraming(requestLength);
      if (on) for (const probe of probes) report(probe);
    },
    stop,
  };
}

export const probeModbus = defineSimulator({
  name: 'probe-modbus',
  describe: 'RS-485 bus with XY-MD02, R4DCB08 or PTA9B01 temperature probes',
  wires: ['pty'],
  baudRate: 9600,
  options,
  create,
});
