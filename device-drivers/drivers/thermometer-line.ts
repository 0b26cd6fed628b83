/**
 * Thermometers that send each measurement as a line of text: `36.5`, `T:36.52`, `36.5C`. There is no standard; the first
 * number with two or three digits before the point and one or two behind it counts.
 */
import { z } from 'zod';
import { type DriverOutput, defineDriver } from '../driver.ts';
import { isPlausibleBody, onePerPerson } from '../wire/body-temperature.ts';
import { type Line, lines } from '../wire/lines.ts';

const lineBytesMax = 256;

const options = z.strictObject({
  value: z
    .enum(['body', 'surface'])
    .default('body')
    .describe('Whether the device sends body temperature, or that of the skin (then readings are estimated)'),
  offsetCelsius: z.number().min(-5).max(10).default(0).describe('Added to the temperature of the skin'),
  report: z
    .enum(['every', 'person'])
    .default('every')
    .describe(
      'every: each line is a reading; person: for devices that send all the time, one for each person in front',
    ),
  personAboveCelsius: z
    .number()
    .min(20)
    .max(40)
    .default(30)
    .describe('From this temperature on a person counts as being in front'),
  samples: z.int().min(1).max(20).default(3).describe('Lines about a person; the highest is the reading'),
  idleEndMs: z
    .int()
    .min(0)
    .max(1000)
    .default(80)
    .describe('A device without line ends ends a line with so much silence, in milliseconds; 0 turns that off'),
});

type Value = { readonly celsius: number; readonly quality: 'ok' | 'estimated'; readonly raw: number };

export const thermometerLine = defineDriver<z.infer<typeof options>, Line>({
  name: 'thermometer-line',
  kind: 'body-thermometer',
  describe: 'Body thermometer that sends each measurement as a line of text',
  transports: ['serial', 'tcp', 'sim'],
  line: { baudRate: 9600 },
  options,
  faults: ['measurement-unreadable'],
  session(o) {
    const person = onePerPerson<Value>(o);
    let hasSuffix = false;

    const onLine = ({ bytes, endedBy }: Line): DriverOutput[] => {
      hasSuffix ||= endedBy === 'suffix';
      if (hasSuffix && endedBy === 'silence') return [unreadable('a line without its end')];
      const raw = numberIn(bytes);
      if (raw === undefined) return [unreadable(`no temperature in ${bytes.length} bytes`)];
      const value: Value =
        o.value === 'body'
          ? { celsius: raw, quality: 'ok', raw }
          : { celsius: Math.round((raw + o.offsetCelsius) * 100) / 100, quality: 'estimated', raw };
      if (o.report === 'person') {
        const ofPerson = person(value);
        return ofPerson ? [{ reading: { type: 'temperature', ...ofPerson } }] : [];
      }
      if (!isPlausibleBody(value.celsius)) return [unreadable('outside 20 to 45 degrees')];
      return [{ reading: { type: 'temperature', ...value } }];
    };
    return { framing: lines({ lineEnd: 'any', lineBytesMax, idleEndMs: o.idleEndMs }), onFrame: onLine };
  },
});

const unreadable = (detail: string): DriverOutput => ({ fault: { code: 'measurement-unreadable', detail } });

/** Not in the middle of a longer number: `136.5` and `36.512` are no temperature. */
function numberIn(bytes: Uint8Array): number | undefined {
  const match = /(?<![\d.])-?\d{2,3}\.\d{1,2}(?![\d.])/.exec(Buffer.from(bytes).toString('latin1'));
  return match ? Number(match[0]) : undefined;
}
