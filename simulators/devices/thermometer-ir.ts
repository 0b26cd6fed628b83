/**
 * The other end of an infrared thermometer module. Frames by the vendors' samples (GY-MCU90614, 66 66 board, GY-614V) and,
 * for GD60914, by a public component that drives it; the sums are made here as the sheets say, not by the driver's framing.
 */
import { z } from 'zod';
import { sum8 } from '../../device-drivers/wire/checksums.ts';
import { defineAction, defineSimulator, type SimulatorAction } from '../device.ts';

const options = z.strictObject({
  profile: z.enum(['gy-mcu90614', 'gy-90614', 'gy-614v', 'gd60914']),
  /** Between two measurements of a module that sends by itself. */
  everyMs: z.int().min(20).max(10_000).default(200),
  /** gy-mcu90614: whether it sends by itself or waits to be asked. */
  continuous: z.boolean().default(false),
  /** First three bytes of gy-614v's frames. */
  header: z
    .string()
    .regex(/^[0-9A-F]{6}$/)
    .default('A40307'),
  /** What fills up GD60914's seven characters. */
  padding: z.enum(['nul', 'space', 'zero', 'crlf']).default('nul'),
});

/** Degrees Celsius, two digits behind the point. */
const celsius = z.number().min(-70).max(300);
const person = z.strictObject({
  body: celsius.default(36.5),
  /** Skin is cooler than the body. */
  surface: celsius.optional(),
});
const room = z.strictObject({ celsius });

const hundredths = (value: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(Math.round(value * 100));
  return bytes;
};
const ended = (...parts: Uint8Array[]) => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([bytes, Uint8Array.of(sum8(bytes))]);
};

export const thermometerIr = defineSimulator<z.infer<typeof options>>({
  name: 'thermometer-ir',
  describe: 'Infrared body thermometer module',
  wires: ['pty', 'tcp'],
  baudRate: 9600,
  options,
  create(settings, { clock, send }) {
    let powered = true;
    let roomCelsius = 22.5;
    let inFront: { readonly body: number; readonly surface: number } | undefined;
    let streams = settings.continuous || settings.profile === 'gy-90614' || settings.profile === 'gy-614v';
    let singleShot = false;
    let measurements = 0;
    let cancel = () => {};
    let held: number[] = [];

    const seen = () => inFront ?? { body: roomCelsius, surface: roomCelsius };
    const frame = (asked: boolean): Uint8Array => {
      const { body, surface } = seen();
      const [to, ta] = [hundredths(surface), hundredths(roomCelsius)];
      switch (settings.profile) {
        case 'gy-mcu90614':
          return ended(Uint8Array.of(0x5a, 0x5a, 0x45, 0x04), to, ta);
        case 'gy-90614': {
          const data = Buffer.concat([to, ta]);
          return Buffer.concat([Uint8Array.of(0x66, 0x66, asked ? 2 : 1, 4), data, Uint8Array.of(sum8(data))]);
        }
        case 'gy-614v':
          return ended(Buffer.from(settings.header, 'hex'), Uint8Array.of(7, 95), to, ta, hundredths(body));
        case 'gd60914':
          return tenths(body);
      }
    };
    const tenths = (value: number) => {
      const digits = String(Math.round(value * 10));
      const { padding } = settings;
      if (padding === 'zero') return Buffer.from(digits.padStart(7, '0'));
      if (padding === 'crlf') return Buffer.from(`${digits}\r\n`.padEnd(7, '\0'), 'latin1');
      return Buffer.from(digits.padEnd(7, padding === 'space' ? ' ' : '\0'), 'latin1');
    };
    const measure = (asked: boolean) => {
      measurements += 1;
      send(frame(asked));
    };
    const stream = () => {
      cancel();
      if (!powered || !streams) return;
      cancel = clock.after(settings.everyMs, () => {
        measure(false);
        stream();
      });
    };

    const obeyGy = (command: number) => {
      if (command === 0x15) measure(true);
      if (command === 0x45) {
        streams = true;
        stream();
      }
    };
    const receive = (byte: number) => {
      if (settings.profile === 'gd60914') {
        if (byte === 0xa1) singleShot = true;
        if (singleShot && (byte === 0xaa || byte === 0xab || byte === 0xac)) measure(true);
        return;
      }
      if (settings.profile !== 'gy-mcu90614') return;
      held = byte === 0xa5 && held.length !== 2 ? [byte] : held.length > 0 ? [...held, byte] : [];
      if (held.length < 3) return;
      const [start = 0, command = 0, sum] = held;
      held = [];
      if (((start + command) & 0xff) === sum) obeyGy(command);
    };

    const actions: [string, SimulatorAction][] = [
      [
        'person',
        defineAction<z.infer<typeof person>>({
          describe: 'A person comes in front',
          args: person,
          run({ body, surface = body - 2.5 }) {
            inFront = { body, surface };
          },
        }),
      ],
      [
        'leave',
        defineAction<Record<string, never>>({
          describe: 'Nobody is in front',
          args: z.strictObject({}),
          run() {
            inFront = undefined;
          },
        }),
      ],
      [
        'room',
        defineAction<z.infer<typeof room>>({
          describe: 'The temperature of the room changes',
          args: room,
          run({ celsius }) {
            roomCelsius = celsius;
          },
        }),
      ],
    ];
    stream();
    return {
      receive(chunk) {
        if (powered) for (const byte of chunk) receive(byte);
      },
      actions: new Map(actions),
      state: () => ({ powered, person: inFront ?? null, roomCelsius, measurements }),
      power(on) {
        powered = on;
        singleShot = false;
        held = [];
        stream();
      },
      stop: () => cancel(),
    };
  },
});
