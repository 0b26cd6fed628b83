/**
 * 1-wire thermometers through the kernel's w1_therm: DS18B20 and its kin (families 10, 22, 28, 3B, 42). Follows the kernel
 * documentation of w1_therm and the DS18B20 data sheet. A cable in a cold box is long, wet and bent: each reading must
 * pass the CRC here too, agree with its own bytes, and be no value that stands for something else (85: just powered on,
 * -127: no sensor, all bytes 0: the line is shorted, whose CRC is right).
 */
import { z } from 'zod';
import {
  type Conversation,
  type DriverSession,
  defineDriver,
  emit,
  flush,
  type Identified,
  type Reading,
  receive,
  send,
} from '../driver.ts';
import type { Fault } from '../faults.ts';
import { crc8Dallas, type W1Answer, w1Answers, w1Request } from '../wire/w1-slave.ts';

const options = z.strictObject({
  pollMs: z.int().min(1_000).max(3_600_000).default(10_000).describe('Time from one measurement to the next'),
  attempts: z.int().min(1).max(10).default(3).describe('Measurements that may fail before one counts as failed'),
});
type Options = z.infer<typeof options>;

/** A conversion takes 750 ms, and all sensors of the hut are read one after the other. */
const answerWithinMs = 20_000;
const powerOnMilliCelsius = 85_000;
const disconnectedMilliCelsius = -127_000;
const celsiusMin = -55;
const celsiusMax = 125;
/** Between two measurements; a box that warms faster is on fire. */
const believableStepC = 10;
/** At 9 bits the three lowest are undefined. */
const undefinedMilliCelsiusMax = 500;

/** Configuration register of a DS18B20: 0RR11111. A DS18S20 has FF there. */
const resolutionBits = (scratchpad: Uint8Array): number | undefined =>
  (scratchpad[4]! & 0x9f) === 0x1f ? 9 + (scratchpad[4]! >> 5) : undefined;

const rawOf = (scratchpad: Uint8Array): number => Buffer.from(scratchpad).readInt16LE(0);

export type W1Value = { readonly celsius: number; readonly raw: number } | { readonly wrong: Fault };

/** What an answer means; `previous` is the last good value of the sensor. */
export function w1Value(answer: W1Answer, previous: number | undefined): W1Value {
  if ('errno' in answer) return { wrong: { code: 'sensor-absent', detail: `the kernel says ${answer.errno}` } };
  const { scratchpad, crcOk, lastGood, milliCelsius } = answer;
  if (scratchpad.every((byte) => byte === 0))
    return { wrong: { code: 'sensor-absent', detail: 'the data line is shorted' } };
  if (scratchpad.every((byte) => byte === 0xff))
    return { wrong: { code: 'sensor-absent', detail: 'no sensor answers' } };
  const crc = crc8Dallas(scratchpad.subarray(0, 8));
  if (!crcOk || crc !== scratchpad[8]) return { wrong: { code: 'measurement-damaged', detail: 'CRC' } };
  const raw = rawOf(scratchpad);
  const bits = resolutionBits(scratchpad);
  const disagrees = bits !== undefined && Math.abs((raw * 1000) / 16 - milliCelsius) >= undefinedMilliCelsiusMax;
  if (disagrees || !Buffer.from(scratchpad).equals(lastGood))
    return { wrong: { code: 'measurement-damaged', detail: 'the temperature is not that of its bytes' } };
  if (milliCelsius === disconnectedMilliCelsius) return { wrong: { code: 'sensor-absent', detail: '-127 degrees' } };
  const celsius = milliCelsius / 1000;
  const stepC = previous === undefined ? Infinity : Math.abs(celsius - previous);
  if (milliCelsius === powerOnMilliCelsius && (scratchpad[6] === 0x0c || stepC > believableStepC))
    return { wrong: { code: 'sensor-power-lost', detail: '85 degrees' } };
  if (celsius < celsiusMin || celsius > celsiusMax)
    return { wrong: { code: 'measurement-damaged', detail: `${celsius} degrees is out of its range` } };
  return { celsius, raw };
}

function session({ pollMs, attempts }: Options): DriverSession<W1Answer> {
  let previous: number | undefined;
  const noReply: Fault = { code: 'no-reply', detail: `within ${answerWithinMs} ms` };

  function* ask(): Conversation<W1Answer, W1Answer | undefined> {
    yield* flush();
    yield* send(w1Request);
    return yield* receive<W1Answer>(answerWithinMs);
  }

  return {
    framing: w1Answers(),
    *identify(): Conversation<W1Answer, Identified> {
      const answer = yield* ask();
      if (!answer) return { fault: noReply };
      const value = w1Value(answer, undefined);
      // Damaged or just powered on, it is there all the same.
      if ('wrong' in value && value.wrong.code === 'sensor-absent') return { fault: value.wrong };
      const bits = 'scratchpad' in answer ? resolutionBits(answer.scratchpad) : undefined;
      return { identity: { model: bits === undefined ? 'DS18S20' : `DS18B20, ${bits} bit` } };
    },
    cycle: {
      everyMs: pollMs,
      *run(): Conversation<W1Answer, Fault | undefined> {
        let wrong: Fault = noReply;
        for (let attempt = 0; attempt < attempts; attempt++) {
          const answer = yield* ask();
          if (!answer) return noReply;
          const value = w1Value(answer, previous);
          if (!('wrong' in value)) {
            previous = value.celsius;
            yield* emit({ reading: { type: 'temperature', ...value, quality: 'ok' } });
            yield* emit({ condition: null });
            return undefined;
          }
          wrong = value.wrong;
        }
        const invalid: Reading = { type: 'temperature', celsius: null, quality: 'invalid' };
        yield* emit({ reading: invalid });
        yield* emit({ condition: wrong });
        return undefined;
      },
    },
  };
}

export const probeW1 = defineDriver<Options, W1Answer>({
  name: 'probe-w1',
  kind: 'temperature-probe',
  describe: '1-wire thermometer through the kernel: DS18B20, DS18S20, DS1822, DS1825, DS28EA00',
  transports: ['w1', 'serial', 'sim'],
  options,
  faults: ['sensor-absent', 'measurement-damaged', 'sensor-power-lost'],
  session,
});
