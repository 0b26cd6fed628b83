/** All drivers of this build, by name. Adding a device is one line here. */
import type { Driver } from './driver.ts';
import { digitalInput } from './drivers/digital-input.ts';
import { documentMrz } from './drivers/document-mrz.ts';
import { idSam } from './drivers/id-sam.ts';
import { idSamHid } from './drivers/id-sam-hid.ts';
import { idSamUsb } from './drivers/id-sam-usb.ts';
import { indicator } from './drivers/indicator.ts';
import { printerEscpos } from './drivers/printer-escpos.ts';
import { printerTspl } from './drivers/printer-tspl.ts';
import { printerZpl } from './drivers/printer-zpl.ts';
import { probeModbus } from './drivers/probe-modbus.ts';
import { probeTemper } from './drivers/probe-temper.ts';
import { probeW1 } from './drivers/probe-w1.ts';
import { scannerHidKeyboard } from './drivers/scanner-hid-keyboard.ts';
import { scannerHidPos } from './drivers/scanner-hid-pos.ts';
import { scannerLine } from './drivers/scanner-line.ts';
import { scannerSsi } from './drivers/scanner-ssi.ts';
import { thermometerIr } from './drivers/thermometer-ir.ts';
import { thermometerLine } from './drivers/thermometer-line.ts';

export const drivers: ReadonlyMap<string, Driver> = new Map(
  [
    digitalInput,
    documentMrz,
    idSam,
    idSamHid,
    idSamUsb,
    indicator,
    printerEscpos,
    printerTspl,
    printerZpl,
    probeModbus,
    probeTemper,
    probeW1,
    scannerHidKeyboard,
    scannerHidPos,
    scannerLine,
    scannerSsi,
    thermometerIr,
    thermometerLine,
  ].map((driver: Driver) => [driver.name, driver]),
);
