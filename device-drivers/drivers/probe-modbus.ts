/**
 * Temperature probes on Modbus RTU: XY-MD02 (temperature and humidity), R4DCB08 (8 DS18B20), PTA9B01 (PT100).
 * Follows MODBUS Application Protocol V1.1b3 (functions 03 and 04, section 7 exceptions) and the makers' register
 * tables. Each profile is read with one request, so a late reply can only be an older value of the same registers, and
 * the wait after a time-out lets even that one pass by.
 */
import { z } from 'zod';
import {
  type Conversation,
  type DriverSession,
  defineDriver,
  emit,
  flush,
  type Identified,
  pause,
  type Reading,
  receive,
  send,
} from '../driver.ts';
import type { Fault } from '../faults.ts';
import { type RtuFrame, rtuFraming, withCrc } from '../wire/modbus.ts';

interface Profile {
  readonly model: string;
  readonly readFunction: 3 | 4;
  readonly address: number;
  readonly channelsMax: number;
  /** Registers read beside the temperatures. */
  readonly extraRegisters: 0 | 1;
  /** Why these registers cannot be this device's; undefined when they can. */
  implausible(registers: readonly number[], options: Options): string | undefined;
}

const profileNames = ['xy-md02', 'r4dcb08', 'pta9b01'] as const;

const profiles: ReadonlyMap<string, Profile> = new Map<string, Profile>([
  [
    'xy-md02',
    {
      model: 'XY-MD02',
      readFunction: 4,
      address: 0x0001,
      channelsMax: 1,
      extraRegisters: 1,
      implausible: ([, humidity = 0], options) =>
        percentOf(humidity, options) === undefined ? `humidity register reads ${humidity}` : undefined,
    },
  ],
  [
    'r4dcb08',
    {
      model: 'R4DCB08',
      readFunction: 3,
      address: 0x0000,
      channelsMax: 8,
      extraRegisters: 0,
      implausible: () => undefined,
    },
  ],
  [
    'pta9b01',
    {
      model: 'PTA9B01',
      readFunction: 3,
      address: 0x0000,
      channelsMax: 1,
      extraRegisters: 1,
      implausible: ([temperature = 0, resistance = 0], options) => {
        const { celsius } = celsiusOf(temperature, options);
        if (celsius === null) return undefined;
        const ohms = resistance / 10;
        return Math.abs(ohms - pt100Ohms(celsius)) > pt100ToleranceOhms
          ? `${ohms} ohm is no PT100 at ${celsius} degrees`
          : undefined;
      },
    },
  ],
]);

const options = z
  .strictObject({
    profile: z.enum(profileNames).describe('Which register table the probe has'),
    unit: z.int().min(1).max(247).default(1).describe('Modbus unit (slave) number'),
    channels: z
      .int()
      .min(1)
      .max(8)
      .optional()
      .describe('Channels to read, from the first; all the profile has if absent'),
    pollMs: z.int().min(500).max(3_600_000).default(10_000).describe('Time from one measurement to the next'),
    replyWithinMs: z.int().min(50).max(5_000).default(300).describe('Time the probe has to answer'),
    attempts: z.int().min(1).max(10).default(3).describe('Requests without an answer before the probe counts as gone'),
    echo: z.boolean().default(false).describe('The RS-485 adapter hears its own requests'),
    celsiusPerStep: z
      .union([z.literal(1), z.literal(0.1), z.literal(0.01)])
      .default(0.1)
      .describe('Scale of a register'),
    celsiusMin: z.number().min(-200).max(850).default(-60).describe('Values below are no measurement'),
    celsiusMax: z.number().min(-200).max(850).default(130).describe('Values above are no measurement'),
  })
  .superRefine(({ profile, channels }, context) => {
    const { channelsMax, model } = profiles.get(profile)!;
    if (channels !== undefined && channels > channelsMax) {
      context.addIssue({ code: 'custom', path: ['channels'], message: `${model} has ${channelsMax}` });
    }
  });
type Options = z.infer<typeof options>;

type Reply = { readonly registers: readonly number[] } | { readonly exception: number };

const exceptionNames: ReadonlyMap<number, string> = new Map([
  [0x01, 'illegal function'],
  [0x02, 'illegal data address'],
  [0x03, 'illegal data value'],
  [0x04, 'device failure'],
  [0x05, 'acknowledge'],
  [0x06, 'device busy'],
  [0x07, 'negative acknowledge'],
  [0x08, 'memory parity error'],
  [0x0a, 'gateway path unavailable'],
  [0x0b, 'gateway target does not respond'],
]);
/** The device does not know the function or the register: it is not the one that was configured. */
const foreignExceptions: ReadonlySet<number> = new Set([0x01, 0x02, 0x03]);
const tryAgainExceptions: ReadonlySet<number> = new Set([0x05, 0x06]);

function exceptionFault(code: 'wrong-device' | 'modbus-exception', exception: number): Fault {
  const number = exception.toString(16).padStart(2, '0');
  return { code, detail: `exception ${number} ${exceptionNames.get(exception) ?? 'not in the standard'}` };
}

/** 0x8000 and 0x7FFF stand for an open sensor; everything else is a signed number of steps. */
function celsiusOf(raw: number, options: Options): { celsius: number | null; why?: string } {
  if (raw === 0x8000 || raw === 0x7fff) return { celsius: null, why: 'no sensor' };
  const celsius = scaled((raw << 16) >> 16, options);
  if (celsius < options.celsiusMin || celsius > options.celsiusMax) return { celsius: null, why: 'out of range' };
  return { celsius };
}

function percentOf(raw: number, options: Options): number | undefined {
  const percent = scaled(raw, options);
  return percent <= 100 ? percent : undefined;
}

/** 305 steps of 0.1 are 30.5, not 30.500000000000004. */
const scaled = (steps: number, { celsiusPerStep }: Options) => Math.round(steps * celsiusPerStep * 100) / 100;

/** IEC 60751; the term for below zero is smaller than the tolerance here. */
const pt100Ohms = (celsius: number) => 100 * (1 + 3.9083e-3 * celsius - 5.775e-7 * celsius ** 2);
/** Leaves room for the probe's correction register (about 13 degrees). */
const pt100ToleranceOhms = 5;

interface Measured {
  readonly readings: readonly Reading[];
  /** What is wrong, one entry per channel without a value. */
  readonly absent: readonly string[];
}

function measuredOf(registers: readonly number[], profile: Profile, options: Options): Measured {
  const readings: Reading[] = [];
  const absent: string[] = [];
  const several = profile.channelsMax > 1;
  for (const [index, raw] of registers.slice(0, registers.length - profile.extraRegisters).entries()) {
    const { celsius, why } = celsiusOf(raw, options);
    const humidity = options.profile === 'xy-md02' ? percentOf(registers[1]!, options) : undefined;
    if (why !== undefined) absent.push(several ? `channel ${index + 1}: ${why}` : why);
    readings.push({
      type: 'temperature',
      celsius,
      ...(several && { channel: index + 1 }),
      ...(humidity !== undefined && { humidity }),
      quality: celsius === null ? 'invalid' : 'ok',
      raw,
    });
  }
  return { readings, absent };
}

/** One odd channel is a bad sensor; all of them are the registers of something else. */
function nothingInRange(registers: readonly number[], profile: Profile, options: Options): string | undefined {
  const temperatures = registers.slice(0, registers.length - profile.extraRegisters);
  const odd = temperatures.every((raw) => celsiusOf(raw, options).why === 'out of range');
  return odd ? `temperature register reads ${temperatures[0]}` : undefined;
}

function registersOf(frame: RtuFrame): number[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return Array.from({ length: frame[2]! / 2 }, (_, index) => view.getUint16(3 + 2 * index));
}

const startsAlike = (head: Uint8Array, whole: Uint8Array) =>
  head.subarray(0, whole.length).every((byte, index) => byte === whole[index]);

function session(options: Options): DriverSession<RtuFrame> {
  const profile = profiles.get(options.profile)!;
  const { unit, replyWithinMs, attempts } = options;
  const { readFunction, address } = profile;
  const count = (options.channels ?? profile.channelsMax) + profile.extraRegisters;
  const request = Uint8Array.of(unit, readFunction, address >> 8, address & 0xff, 0, count);
  const requestOnWire = withCrc(request);

  /**
   * Only what can answer the one request of this session is a frame: another unit's talk and noise are given up byte by
   * byte, and neither can hold the line by claiming to be 250 bytes long.
   */
  const framing = rtuFraming((head) => {
    if (head[0] !== unit) return 'none';
    if (head.length < 2) return 'more';
    if (head[1] === (readFunction | 0x80)) return 5;
    if (head[1] !== readFunction) return 'none';
    if (head.length < 3) return 'more';
    if (head[2] === 2 * count) return 3 + 2 * count + 2;
    // The echo's third byte is the high byte of a register address, 0 in all profiles: never a byte count.
    return options.echo && startsAlike(head, requestOnWire) ? requestOnWire.length : 'none';
  });

  function* ask(): Conversation<RtuFrame, Reply | undefined> {
    let refused: Reply | undefined;
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) yield* pause(replyWithinMs);
      yield* flush();
      yield* send(requestOnWire);
      let frame = yield* receive<RtuFrame>(replyWithinMs);
      // As long as the request and not an exception: it is the echo.
      while (frame && frame[1] === readFunction && frame[2] !== 2 * count)
        frame = yield* receive<RtuFrame>(replyWithinMs);
      if (!frame) continue;
      if (frame[1] === readFunction) return { registers: registersOf(frame) };
      refused = { exception: frame[2]! };
      if (!tryAgainExceptions.has(frame[2]!)) return refused;
    }
    return refused;
  }

  const noReply: Fault = { code: 'no-reply', detail: `unit ${unit}, ${attempts} requests` };

  return {
    framing,
    *identify(): Conversation<RtuFrame, Identified> {
      const reply = yield* ask();
      if (!reply) return { fault: noReply };
      if ('exception' in reply) {
        const { exception } = reply;
        return {
          fault: exceptionFault(foreignExceptions.has(exception) ? 'wrong-device' : 'modbus-exception', exception),
        };
      }
      const why = profile.implausible(reply.registers, options) ?? nothingInRange(reply.registers, profile, options);
      if (why !== undefined) return { fault: { code: 'wrong-device', detail: `not a ${profile.model}: ${why}` } };
      return { identity: { model: profile.model } };
    },
    cycle: {
      everyMs: options.pollMs,
      *run(): Conversation<RtuFrame, Fault | undefined> {
        const reply = yield* ask();
        if (!reply) return noReply;
        if ('exception' in reply) {
          yield* emit({ condition: exceptionFault('modbus-exception', reply.exception) });
          return undefined;
        }
        const { readings, absent } = measuredOf(reply.registers, profile, options);
        for (const reading of readings) yield* emit({ reading });
        yield* emit({ condition: absent.length > 0 ? { code: 'sensor-absent', detail: absent.join(', ') } : null });
        return undefined;
      },
    },
  };
}

export const probeModbus = defineDriver<Options, RtuFrame>({
  name: 'probe-modbus',
  kind: 'temperature-probe',
  describe: 'Temperature probes on Modbus RTU (RS-485): XY-MD02, R4DCB08, PTA9B01',
  transports: ['serial'],
  line: { baudRate: 9600 },
  busAddress: 'unit',
  options,
  faults: ['wrong-device', 'sensor-absent', 'modbus-exception'],
  session,
});
