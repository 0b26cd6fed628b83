/**
 * The other end of a TEMPer stick: interface 1 of it, 8-byte reports without an id. Firmware names and layouts as captured
 * (ccwienk/temper); `quiet` is TEMPer1F_V4.1, of which some never answer the value question.
 */
import { z } from 'zod';
import { defineAction, defineSimulator } from '../device.ts';

const reportBytes = 8;

/** Vendor's usage page FF00, 8 bytes each way. Composed: the real one is not public. */
const reportDescriptor = Uint8Array.from(Buffer.from('0600ff0901a101150026ff007508950809018102950809029102c0', 'hex'));

const models = [
  'hum-4.1',
  'hum-3.8',
  '2-3.7',
  'x-3.3',
  'gold-3.1',
  '1f-4.1',
  'f1.2',
  '1f1.1',
  '2-m12',
  '1f-h1',
] as const;
type Model = (typeof models)[number];

/** per256: 1/256 degrees; sht20: registers of that sensor; else hundredths. */
interface Firmware {
  readonly name: string;
  readonly scale: 'per100' | 'per256' | 'sht20';
  readonly outer?: 'second report' | 'bytes 4-5';
  readonly humid?: true;
  /** What old firmware leaves behind the value: the tail of its own name. */
  readonly tail?: string;
}
const firmwares: Readonly<Record<Model, Firmware>> = {
  'hum-4.1': { name: 'TEMPerHUM_V4.1\0\0', scale: 'per100', humid: true },
  'hum-3.8': { name: 'TEMPerHUM_V3.8  ', scale: 'per100', humid: true },
  '2-3.7': { name: 'TEMPer2_V3.7    ', scale: 'per100', outer: 'second report' },
  'x-3.3': { name: 'TEMPerX_V3.3    ', scale: 'per100', humid: true, outer: 'second report' },
  'gold-3.1': { name: 'TEMPerGold_V3.1 ', scale: 'per100' },
  '1f-4.1': { name: 'TEMPer1F_V4.1   ', scale: 'per100' },
  'f1.2': { name: 'TEMPerF1.2erF1.2', scale: 'per256', tail: 'erF1' },
  '1f1.1': { name: 'TEMPer1F1.1Per1F', scale: 'per256', tail: 'Per1' },
  '2-m12': { name: 'TEMPer2_M12_V1.3', scale: 'per256', outer: 'bytes 4-5' },
  '1f-h1': { name: 'TEMPer1F_H1V1.5F', scale: 'sht20', humid: true },
};

const options = z.strictObject({
  model: z.enum(models).default('hum-4.1'),
  /** Interface 0 types what the button is pressed for; it is not simulated. */
  celsius: z.number().min(-60).max(130).default(4.2),
});
type Options = z.infer<typeof options>;

const setTemperature = z.strictObject({
  /** null: the sensor is out. */
  celsius: z.number().min(-60).max(130).nullable(),
  sensor: z.enum(['inner', 'outer']).default('inner'),
});
const setHumidity = z.strictObject({ percent: z.number().min(0).max(100) });
const mute = z.strictObject({
  what: z.enum(['values', 'firmware', 'nothing']),
  /** Of the firmware's name only the first report goes out, so often. */
  halves: z.number().int().min(0).max(1000).default(0),
});

export const probeTemper = defineSimulator<Options>({
  name: 'probe-temper',
  describe: 'TEMPer USB thermometer stick',
  wires: ['sim'],
  baudRate: 115_200,
  options,
  hid: ({ model }) => ({
    name: 'PCsensor TEMPer',
    ...(model.endsWith('4.1') ? { vendor: 0x3553, product: 0xa001 } : { vendor: 0x413d, product: 0x2107 }),
    ...{ serial: '', interface: 1, reportDescriptor },
  }),
  create({ model, celsius }, { send }) {
    const firmware = firmwares[model];
    let powered = true;
    let inner: number | null = celsius;
    let outer: number | null = firmware.outer ? celsius : null;
    let percent = 45;
    let muted: z.infer<typeof mute>['what'] = 'nothing';
    let halves = 0;
    let reads = 0;

    const answerFirmware = () => {
      if (muted === 'firmware') return;
      const name = Buffer.from(firmware.name, 'latin1');
      send(name.subarray(0, reportBytes));
      if (halves > 0) halves -= 1;
      else send(name.subarray(reportBytes));
    };
    const answerValues = () => {
      if (muted === 'values') return;
      reads += 1;
      const first = Buffer.from([0x80, 0x20, 0, 0, 0, 0, 0, 0]);
      first.writeUInt16BE(celsiusRaw(firmware.scale, inner), 2);
      if (firmware.humid) first.writeUInt16BE(percentRaw(firmware.scale, percent), 4);
      else if (firmware.outer === 'bytes 4-5') first.writeUInt16BE(celsiusRaw(firmware.scale, outer), 4);
      else if (firmware.scale === 'per100') first.writeUInt16BE(0x4e20, 4);
      if (firmware.tail) first.write(firmware.tail, 4, 'latin1');
      send(first);
      if (firmware.outer !== 'second report') return;
      const second = Buffer.from([0x80, 0x01, 0, 0, 0x4e, 0x20, 0, 0]);
      second.writeUInt16BE(celsiusRaw(firmware.scale, outer), 2);
      if (firmware.humid && outer !== null) second.writeUInt16BE(percentRaw(firmware.scale, percent), 4);
      send(second);
    };

    return {
      receive(report) {
        if (!powered || report.length !== reportBytes + 1) return;
        const question = Buffer.from(report.subarray(1, 5)).toString('hex');
        if (question === '0186ff01') answerFirmware();
        else if (question === '01803301') answerValues();
      },
      actions: new Map([
        [
          'set-temperature',
          defineAction<z.infer<typeof setTemperature>>({
            describe: 'Make a sensor warmer or colder, or pull it out (null)',
            args: setTemperature,
            run(to) {
              if (to.sensor === 'inner') inner = to.celsius;
              else if (firmware.outer) outer = to.celsius;
              else throw new Error('this stick has no outer sensor');
            },
          }),
        ],
        [
          'set-humidity',
          defineAction<z.infer<typeof setHumidity>>({
            describe: 'Set the humidity, in percent',
            args: setHumidity,
            run(to) {
              percent = to.percent;
            },
          }),
        ],
        [
          'mute',
          defineAction<z.infer<typeof mute>>({
            describe: 'Leave questions without an answer, or with half of one',
            args: mute,
            run(args) {
              muted = args.what;
              halves = args.halves;
            },
          }),
        ],
      ]),
      state: () => ({ powered, firmware: firmware.name.replace(/[ \0]+$/, ''), inner, outer, percent, reads }),
      power(on) {
        powered = on;
      },
      stop() {},
    };
  },
});

function celsiusRaw(scale: Firmware['scale'], celsius: number | null): number {
  if (celsius === null) return scale === 'per100' ? 0x4e20 : 0xffff;
  if (scale === 'sht20') return Math.round(((celsius + 46.85) / 175.72) * 16_384);
  return Math.round(celsius * (scale === 'per100' ? 100 : 256)) & 0xffff;
}

function percentRaw(scale: Firmware['scale'], percent: number): number {
  return scale === 'sht20' ? Math.round(((percent + 6) / 125) * 4_096) : Math.round(percent * 100);
}
