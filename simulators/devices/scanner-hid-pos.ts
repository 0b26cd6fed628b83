/**
 * The other end of a HID POS scanner. `honeywell`: report descriptor as Honeywell's (and Jieli's firmware) has it, AIM
 * identifier in front of the data, no codes before the host has switched them on by feature report FE. `newland`: data only
 * (FM420 manual); its descriptor is composed, no capture is public. `jieli`: announces a report that never comes when a code
 * fills its last one.
 */
import iconv from 'iconv-lite';
import { z } from 'zod';
import { defineAction, defineSimulator, type HidDevice } from '../device.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

const honeywellDescriptor = hex(`
  05 8C 09 02 A1 01
    09 12 A1 02 85 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 95 03 05 8C 09 FB 09 FC 09 FD 81 02
      95 38 09 FE 82 02 01 06 66 FF 95 02 09 04 09 00 81 02 05 8C 25 01 75 01 95 08 09 FF 81 02 C0
    09 14 A1 02 85 04 15 00 25 01 75 01 95 08 09 00 09 5F 09 60 09 00 09 00 09 85 09 86 91 86 C0
    06 66 FF 75 08 26 FF 00 09 03 A1 02 85 FE 95 01 09 03 B2 82 01 C0
    09 01 A1 02 85 FD 95 01 09 21 91 02 95 3E 09 22 92 82 01 C0
  C0`);
const newlandDescriptor = hex(`
  05 8C 09 02 A1 01
    09 12 A1 02 85 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 05 8C
      95 38 09 FE 82 02 01 06 66 FF 95 05 09 00 81 02 05 8C 25 01 75 01 95 08 09 FF 81 02 C0
    06 66 FF 09 01 A1 02 85 04 75 08 26 FF 00 95 01 09 21 91 02 95 3E 09 22 92 82 01 C0
  C0`);

const reportBytes = 64;
const dataBytesMax = 56;

const options = z.strictObject({
  model: z.enum(['honeywell', 'newland', 'jieli']).default('honeywell'),
  serial: z.string().max(63).default('SIM0042'),
});

const scan = z.strictObject({
  text: z.string().min(1).max(7000),
  symbology: z
    .string()
    .regex(/^\][A-Za-z][0-9A-Za-z]$/)
    .default(']C0'),
  encoding: z.enum(['utf8', 'gb18030']).default('utf8'),
  suffix: z.enum(['CR', 'none']).default('CR'),
});

const devices: ReadonlyMap<string, Omit<HidDevice, 'serial'>> = new Map([
  [
    'honeywell',
    { name: 'Honeywell 1900', vendor: 0x0c2e, product: 0x0b81, interface: 0, reportDescriptor: honeywellDescriptor },
  ],
  [
    'newland',
    { name: 'Newland FM430', vendor: 0x1eab, product: 0x1d10, interface: 0, reportDescriptor: newlandDescriptor },
  ],
  ['jieli', { name: 'Scanner', vendor: 0x0536, product: 0x02bc, interface: 0, reportDescriptor: honeywellDescriptor }],
]);

export const scannerHidPos = defineSimulator<z.infer<typeof options>>({
  name: 'scanner-hid-pos',
  describe: 'USB barcode scanner in HID POS mode',
  wires: ['sim'],
  baudRate: 115_200,
  options,
  hid: ({ model, serial }) => ({ ...devices.get(model)!, serial }),
  create({ model }, { send }) {
    const needsSwitch = model === 'honeywell';
    let powered = true;
    let isOn = !needsSwitch;
    let scans = 0;
    let beeps = 0;
    let triggers = 0;
    let lastText: string | null = null;
    let heardPosBits = 0;

    const emit = (data: Uint8Array, symbology: string, codeId: number) => {
      for (const report of reportsOf(model, data, symbology, codeId)) send(report);
    };
    const obeyPosBits = (bits: number) => {
      const risen = bits & ~heardPosBits;
      if (risen & 0x04) triggers += 1;
      if (risen & 0x40) beeps += 1;
      heardPosBits = bits;
    };
    const obeyText = (text: string) => {
      if (text === '\x16\x07\r') beeps += 1;
      else if (text === '\x16T\r') triggers += 1;
      // Answered as a code of no symbology: the name comes back with ACK before its full stop.
      else if (text === '\x16M\rREVINF.') emit(Buffer.from('REVINF\x06.', 'latin1'), ']X0', 0x36);
      else if (text === '~\x010000#SCNTRG1;\x03') triggers += 1;
    };

    return {
      receive(report) {
        if (!powered) return;
        const [id, second = 0] = report;
        const text = () => Buffer.from(report.subarray(2, 2 + second)).toString('latin1');
        if (id === 0xfe) isOn = second === 1;
        else if (id === 0xfd && model === 'honeywell') obeyText(text());
        else if (id === 0x04 && model === 'newland') obeyText(text());
        else if (id === 0x04) obeyPosBits(second);
      },
      actions: new Map([
        [
          'scan',
          defineAction<z.infer<typeof scan>>({
            describe: 'Scan a code',
            args: scan,
            run({ text, symbology, encoding, suffix }) {
              if (!powered) throw new Error('the scanner has no power');
              if (!isOn) throw new Error('the host has not switched HID POS on (feature report FE 01)');
              emit(iconv.encode(text + (suffix === 'CR' ? '\r' : ''), encoding), symbology, 0x6a);
              scans += 1;
              lastText = text;
              return { scans };
            },
          }),
        ],
      ]),
      state: () => ({ powered, isOn, scans, beeps, triggers, lastText }),
      power(on) {
        powered = on;
        isOn = !needsSwitch;
        heardPosBits = 0;
      },
      stop() {},
    };
  },
});

function reportsOf(model: string, data: Uint8Array, symbology: string, codeId: number): Uint8Array[] {
  const reports: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += dataBytesMax) {
    const part = data.subarray(at, at + dataBytesMax);
    const isLast = at + dataBytesMax >= data.length;
    const report = new Uint8Array(reportBytes);
    report.set([2, part.length]);
    if (model === 'newland') report.set(part, 2);
    else {
      report.set(Buffer.from(symbology, 'latin1'), 2);
      report.set(part, 5);
      report[61] = codeId;
    }
    const announcesMore = !isLast || (model === 'jieli' && part.length === dataBytesMax);
    report[63] = announcesMore ? 1 : 0;
    reports.push(report);
  }
  return reports;
}
