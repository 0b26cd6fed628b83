/**
 * What a device probably is, by its USB vendor and product. One table, each row with its source; the first row that fits
 * counts. An adapter says nothing of what hangs behind it.
 */
import type { UsbPlace } from './usb-place.ts';

export type Bus = 'serial' | 'hid' | 'printer' | 'usb';

export interface Known {
  readonly vendor: number;
  readonly product?: number;
  readonly interface?: number;
  readonly what: string;
  /** Drivers that fit, best first. `keyboard`: when its HID interface is one. */
  readonly drivers: Readonly<Partial<Record<Bus | 'keyboard', readonly string[]>>>;
  readonly isAdapter?: true;
  readonly source: string;
}

const adapter = (vendor: number, product: number, what: string, source: string): Known => ({
  ...{ vendor, product, what: `${what} USB serial adapter`, source },
  ...{ drivers: {}, isAdapter: true as const },
});
const scanners = (vendor: number, maker: string): Known => ({
  ...{ vendor, what: `${maker} barcode scanner`, source: 'USB-IF vendor list; HID POS makers in the field' },
  drivers: {
    serial: ['scanner-line', 'scanner-ssi'],
    hid: ['scanner-hid-pos'],
    keyboard: ['scanner-hid-keyboard'],
  },
});
const temper = (vendor: number, product: number): Known[] => [
  {
    ...{ vendor, product, interface: 0, what: 'TEMPer thermometer stick, the keyboard of its button: not used' },
    ...{ drivers: {}, source: 'ccwienk/temper: data is on interface 1' },
  },
  {
    ...{ vendor, product, what: 'TEMPer thermometer stick', drivers: { hid: ['probe-temper'] } },
    source: 'ccwienk/temper, urwen/temper',
  },
];
const otherReader = (vendor: number, product: number, what: string): Known => ({
  ...{
    vendor,
    product,
    what: `${what}: a protocol of its maker`,
    drivers: {},
    source: 'list of ID readers, one source',
  },
});

const knownDevices: readonly Known[] = [
  adapter(0x0403, 0x6001, 'FTDI FT232R', 'Linux ftdi_sio_ids.h'),
  adapter(0x0403, 0x6010, 'FTDI FT2232', 'Linux ftdi_sio_ids.h'),
  adapter(0x0403, 0x6011, 'FTDI FT4232', 'Linux ftdi_sio_ids.h'),
  adapter(0x0403, 0x6014, 'FTDI FT232H', 'Linux ftdi_sio_ids.h'),
  adapter(0x0403, 0x6015, 'FTDI FT-X', 'Linux ftdi_sio_ids.h'),
  adapter(0x10c4, 0xea60, 'Silicon Labs CP210x', 'Linux cp210x.c'),
  adapter(0x10c4, 0xea70, 'Silicon Labs CP2105', 'Linux cp210x.c'),
  adapter(0x10c4, 0xea71, 'Silicon Labs CP2108', 'Linux cp210x.c'),
  adapter(0x1a86, 0x7523, 'WCH CH340', 'Linux ch341.c'),
  adapter(0x1a86, 0x7522, 'WCH CH340K', 'Linux ch341.c'),
  adapter(0x1a86, 0x5523, 'WCH CH341', 'Linux ch341.c; also the TEMPerX232 stick in its serial mode'),
  adapter(0x1a86, 0x55d3, 'WCH CH343', 'WCHSoftGroup/ch343ser_linux'),
  adapter(0x1a86, 0x55d4, 'WCH CH9102', 'WCHSoftGroup/ch343ser_linux'),
  adapter(0x067b, 0x2303, 'Prolific PL2303', 'Linux pl2303.h'),
  adapter(0x067b, 0x23a3, 'Prolific PL2303GC', 'Linux pl2303.h'),
  {
    ...{ vendor: 0x0400, product: 0xc35a, what: 'ID-card reader with the standard SDT interface' },
    ...{ drivers: { usb: ['id-sam-usb'] }, source: 'SAM readers of Shensi, Huashi, Xinzhongxin; two libusb programs' },
  },
  {
    ...{ vendor: 0x10c4, product: 0x0007, what: 'Miaxis MR-300 ID-card reader' },
    ...{ drivers: { hid: ['id-sam-hid'] }, source: 'Miaxis HID wrapper' },
  },
  {
    ...{ vendor: 0x203b, product: 0x0101, what: 'Miaxis ID-card reader' },
    ...{ drivers: { hid: ['id-sam-hid'] }, source: 'Miaxis HID wrapper, older hardware' },
  },
  otherReader(0x10c4, 0x8a1b, 'Xintong ID-card reader'),
  otherReader(0x2015, 0x0008, 'Senrui ID-card reader'),
  otherReader(0x9573, 0x4836, 'Yishu ID-card reader'),
  ...temper(0x0c45, 0x7401),
  ...temper(0x0c45, 0x7402),
  ...temper(0x413d, 0x2107),
  ...temper(0x1a86, 0xe025),
  ...temper(0x3553, 0xa001),
  scanners(0x0c2e, 'Honeywell'),
  scanners(0x23d0, 'Youjie'),
  scanners(0x05e0, 'Zebra'),
  scanners(0x05f9, 'Datalogic'),
  scanners(0x1eab, 'Newland'),
  scanners(0x0536, 'HHP'),
  {
    ...{ vendor: 0x0a5f, what: 'Zebra label printer', source: 'USB-IF vendor list' },
    drivers: { printer: ['printer-zpl'], serial: ['printer-zpl'] },
  },
  {
    ...{ vendor: 0x1203, what: 'TSC label printer', source: 'USB-IF vendor list' },
    drivers: { printer: ['printer-tspl'], serial: ['printer-tspl'] },
  },
  {
    ...{ vendor: 0x04b8, what: 'Epson receipt printer', source: 'USB-IF vendor list' },
    drivers: { printer: ['printer-escpos'], serial: ['printer-escpos'] },
  },
];

export function lookUp(device: { readonly vendor: number; readonly product: number; readonly interface?: number }) {
  return knownDevices.find(
    (known) =>
      known.vendor === device.vendor &&
      (known.product === undefined || known.product === device.product) &&
      (known.interface === undefined || known.interface === device.interface),
  );
}

/** Devices that only a driver of ours talks to, by bulk transfers. */
export const isVendorUsb = (usb: UsbPlace): boolean => lookUp(usb)?.drivers.usb !== undefined;

/** Languages that a printer names in the CMD field of its IEEE 1284 id. */
export const printerLanguages: readonly { readonly names: RegExp; readonly driver: string }[] = [
  { names: /\bZPL/i, driver: 'printer-zpl' },
  { names: /\bTSPL/i, driver: 'printer-tspl' },
  { names: /\bESC\/?POS|\bEPOS/i, driver: 'printer-escpos' },
];
