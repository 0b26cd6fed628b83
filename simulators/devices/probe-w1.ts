/**
 * A DS18B20 behind the kernel's `w1_slave` text: the scratchpad of the data sheet, its CRC, the conversion time, and what a
 * bad cable makes of it. `read` and a line end takes one measurement.
 */
import { z } from 'zod';
import { type Line, lines } from '../../device-drivers/wire/lines.ts';
import { crc8Dallas } from '../../device-drivers/wire/w1-slave.ts';
import { defineAction, defineSimulator } from '../device.ts';

const celsius = z.number().min(-55).max(125);
const trouble = z.enum(['none', 'detached', 'shorted', 'bad-crc', 'power-on', 'mute']);
const options = z.strictObject({
  celsius: celsius.default(4.5),
  resolutionBits: z.union([z.literal(9), z.literal(10), z.literal(11), z.literal(12)]).default(12),
  trouble: trouble.default('none'),
});
/** Data sheet: 93.75 ms at 9 bits, twice as long for each bit more. */
const conversionMs = (bits: number) => 93.75 * 2 ** (bits - 9);

const hexBytes = (bytes: Uint8Array) => [...bytes].map((byte) => `${byte.toString(16).padStart(2, '0')} `).join('');

export const probeW1 = defineSimulator<z.infer<typeof options>>({
  name: 'probe-w1',
  describe: 'DS18B20 on a 1-wire bus',
  wires: ['pty', 'sim'],
  baudRate: 9600,
  options,
  create(settings, { clock, send }) {
    let { celsius: now, trouble: troubleNow } = settings;
    let measurements = 0;
    let framing = lines({ lineEnd: 'LF', lineBytesMax: 200, idleEndMs: 0 });
    let cancel = () => {};
    /** What the kernel keeps of the last reading whose CRC was right. */
    let lastGood: { bytes: Uint8Array; milliCelsius: number } = { bytes: new Uint8Array(9), milliCelsius: 0 };

    const scratchpad = (): Uint8Array => {
      const steps = troubleNow === 'power-on' ? 85 * 16 : Math.round(now * 16) & (-1 << (12 - settings.resolutionBits));
      const config = 0x1f | ((settings.resolutionBits - 9) << 5);
      const sixth = troubleNow === 'power-on' ? 0x0c : 0x10 - (steps & 0x0f);
      const bytes = Uint8Array.of(steps & 0xff, (steps >> 8) & 0xff, 0x4b, 0x46, config, 0xff, sixth, 0x10);
      return Uint8Array.of(...bytes, crc8Dallas(bytes));
    };
    const answer = (): string => {
      if (troubleNow === 'detached') return 'error EIO\n';
      const bytes = troubleNow === 'shorted' ? new Uint8Array(9) : scratchpad();
      if (troubleNow === 'bad-crc') bytes[0]! ^= 0x10;
      const crc = crc8Dallas(bytes.subarray(0, 8));
      const isRight = crc === bytes[8];
      if (isRight) {
        const steps = Buffer.from(bytes).readInt16LE(0);
        lastGood = { bytes, milliCelsius: Math.trunc((steps * 1000) / 16) };
      }
      const crcHex = crc.toString(16).padStart(2, '0');
      const first = `${hexBytes(bytes)}: crc=${crcHex} ${isRight ? 'YES' : 'NO'}\n`;
      return `${first}${hexBytes(lastGood.bytes)}t=${lastGood.milliCelsius}\n`;
    };
    const handle = ({ bytes }: Line) => {
      if (Buffer.from(bytes).toString('latin1') !== 'read' || troubleNow === 'mute') return;
      cancel();
      cancel = clock.after(conversionMs(settings.resolutionBits), () => {
        measurements += 1;
        send(Buffer.from(answer()));
      });
    };

    return {
      receive(chunk) {
        for (const item of framing.push(chunk)) if ('frame' in item) handle(item.frame);
      },
      actions: new Map([
        [
          'set-temperature',
          defineAction({
            describe: 'Bring the sensor to a temperature',
            args: z.strictObject({ celsius }),
            run({ celsius: to }) {
              now = to;
            },
          }),
        ],
        [
          'trouble',
          defineAction({
            describe: 'What is wrong with the sensor or its cable',
            args: z.strictObject({ trouble }),
            run({ trouble: to }) {
              troubleNow = to;
            },
          }),
        ],
      ]),
      state: () => ({ celsius: now, trouble: troubleNow, measurements }),
      power(on) {
        if (on) return;
        cancel();
        framing = lines({ lineEnd: 'LF', lineBytesMax: 200, idleEndMs: 0 });
      },
      stop: () => cancel(),
    };
  },
});
