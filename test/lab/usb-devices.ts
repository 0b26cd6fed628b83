/** Whole USB devices of the suites. */
import { join } from 'node:path';
import { type UsbPrinter, usbPrinter } from '../../simulators/lab/usb-printer.ts';
import { type UsbReader, usbReader } from '../../simulators/lab/usb-reader.ts';
import { simulators } from '../../simulators/registry.ts';

/** Where usblp puts the only printer. */
export const printerNode = '/dev/usb/lp0';

export const labelPrinter = (): UsbPrinter =>
  usbPrinter({
    ...{ name: 'label-printer', simulator: simulators.get('printer-zpl')!, options: { behaviour: { labelMs: 1 } } },
    ...{ vendor: 0x0a5f, product: 0x0164, productName: 'ZTC ZD420-203dpi ZPL', serial: 'D2J0042' },
    deviceId: 'MFG:Zebra Technologies;CMD:ZPL;MDL:ZTC ZD420-203dpi ZPL;CLS:PRINTER;',
  });

export const cardReader = (): Promise<UsbReader> => usbReader(join(process.cwd(), 'dist/lab/usb-reader-process.js'));
