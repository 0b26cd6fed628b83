/** The other end of a thermometer that sends text: the shapes of line that are seen in the field. */
import { z } from 'zod';
import { defineAction, defineSimulator } from '../device.ts';

const shapes: ReadonlyMap<string, (value: string) => string> = new Map([
  ['plain', (value: string) => value],
  ['labelled', (value: string) => `T:${value}`],
  ['unit', (value: string) => `${value}C`],
]);
const suffixes: ReadonlyMap<string, string> = new Map([
  ['CRLF', '\r\n'],
  ['LF', '\n'],
  ['none', ''],
]);

const options = z.strictObject({
  shape: z.enum(['plain', 'labelled', 'unit']).default('plain'),
  suffix: z.enum(['CRLF', 'LF', 'none']).default('CRLF'),
  decimals: z.union([z.literal(1), z.literal(2)]).default(1),
});
const measurement = z.strictObject({ celsius: z.number().min(-70).max(300) });

export const thermometerLine = defineSimulator<z.infer<typeof options>>({
  name: 'thermometer-line',
  describe: 'Body thermometer that sends each measurement as a line of text',
  wires: ['pty', 'tcp'],
  baudRate: 9600,
  options,
  create({ shape, suffix, decimals }, { send }) {
    let powered = true;
    let measurements = 0;
    return {
      receive() {},
      actions: new Map([
        [
          'measure',
          defineAction<z.infer<typeof measurement>>({
            describe: 'Measure somebody',
            args: measurement,
            run({ celsius }) {
              if (!powered) throw new Error('the thermometer has no power');
              send(Buffer.from(shapes.get(shape)!(celsius.toFixed(decimals)) + suffixes.get(suffix), 'latin1'));
              measurements += 1;
            },
          }),
        ],
      ]),
      state: () => ({ powered, measurements }),
      power(on) {
        powered = on;
      },
      stop() {},
    };
  },
});
