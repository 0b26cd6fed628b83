/** What an attached thing probably is, and which drivers fit. Pure. */
import type { Found, FoundHid, FoundPrinter, FoundSerial } from './found.ts';
import { lookUp, printerLanguages } from './known.ts';
import { usbId } from './usb-place.ts';

export interface Judged {
  readonly what: string;
  /** Best first; of a serial adapter and of GPIO chips any driver of that transport may fit. */
  readonly drivers: readonly string[] | 'any';
  /** Not a device of the hut, as far as anybody can tell: a keyboard, the machine's console. */
  readonly isForeign?: true;
}

const usages = { mouse: 0x00010002, keyboard: 0x00010006, scanner: 0x008c0002 };
const w1Families = new Map([
  ['10', 'DS18S20'],
  ['22', 'DS1822'],
  ['28', 'DS18B20'],
  ['3b', 'DS1825'],
  ['42', 'DS28EA00'],
]);

export function judge(found: Found): Judged {
  switch (found.bus) {
    case 'serial':
      return judgeSerial(found);
    case 'hid':
      return judgeHid(found);
    case 'printer':
      return judgePrinter(found);
    case '1-wire': {
      const model = w1Families.get(found.sensor.slice(0, 2));
      if (model) return { what: `${model} 1-wire thermometer`, drivers: ['probe-w1'] };
      return { what: `1-wire device of family ${found.sensor.slice(0, 2)}`, drivers: [], isForeign: true };
    }
    case 'gpio':
      return { what: `GPIO chip${found.lines === undefined ? '' : ` with ${found.lines} lines`}`, drivers: 'any' };
    case 'usb': {
      const known = lookUp(found.usb);
      return { what: known?.what ?? 'USB device', drivers: known?.drivers.usb ?? [] };
    }
  }
}

function judgeSerial({ usb, isConsole, kernelDriver }: FoundSerial): Judged {
  if (isConsole) return { what: "the machine's own console", drivers: [], isForeign: true };
  if (!usb) return { what: 'serial port on the board', drivers: 'any' };
  const known = lookUp(usb);
  if (known && !known.isAdapter) return { what: known.what, drivers: known.drivers.serial ?? [] };
  if (known) return { what: known.what, drivers: 'any' };
  return { what: kernelDriver === 'cdc_acm' ? 'USB serial device (CDC)' : 'USB serial adapter', drivers: 'any' };
}

function judgeHid(found: FoundHid): Judged {
  const known = lookUp(found);
  const isKeyboard = found.usages.includes(usages.keyboard);
  if (found.usages.includes(usages.scanner)) {
    return { what: `${known?.what ?? 'barcode scanner'}, HID POS`, drivers: ['scanner-hid-pos'] };
  }
  if (known) {
    const drivers = known.drivers[isKeyboard ? 'keyboard' : 'hid'] ?? [];
    const mode = isKeyboard && known.drivers.keyboard ? ', typing as a keyboard' : '';
    return { what: known.what + mode, drivers, ...(drivers.length === 0 && { isForeign: true as const }) };
  }
  if (isKeyboard) {
    return { what: 'keyboard, or a scanner that types', drivers: ['scanner-hid-keyboard'], isForeign: true };
  }
  const what = found.usages.includes(usages.mouse) ? 'mouse' : `unknown HID device ${usbId(found)}`;
  return { what, drivers: [], isForeign: true };
}

function judgePrinter({ usb, deviceId }: FoundPrinter): Judged {
  const fields = new Map(
    (deviceId ?? '').split(';').map((text): [string, string] => {
      const colon = text.indexOf(':');
      return [text.slice(0, colon), text.slice(colon + 1)];
    }),
  );
  const field = (...names: string[]) => names.map((name) => fields.get(name)).find(Boolean);
  const languages = field('CMD', 'COMMAND SET') ?? '';
  const spoken = printerLanguages.filter(({ names }) => names.test(languages)).map(({ driver }) => driver);
  const known = usb && lookUp(usb);
  const model = [field('MFG', 'MANUFACTURER'), field('MDL', 'MODEL')].filter(Boolean).join(' ');
  const what = model ? `${model} printer` : (known?.what ?? 'USB printer');
  const speaks = languages ? `, speaks ${languages}` : '';
  const drivers = spoken.length > 0 ? spoken : (known?.drivers.printer ?? 'any');
  return { what: what + speaks, drivers };
}
