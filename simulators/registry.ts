/** All device simulators, by the name of their driver. */
import type { Simulator } from './device.ts';
import { digitalInput } from './devices/digital-input.ts';
import { documentMrz } from './devices/document-mrz.ts';
import { idSam } from './devices/id-sam.ts';
import { idSamHid } from './devices/id-sam-hid.ts';
import { idSamUsb } from './devices/id-sam-usb.ts';
import { indicator } from './devices/indicator.ts';
import { printerEscpos } from './devices/printer-escpos.ts';
import { printerTspl } from './devices/printer-tspl.ts';
import { printerZpl } from './devices/printer-zpl.ts';
import { probeModbus } from './devices/probe-modbus.ts';
import { probeTemper } from './devices/probe-temper.ts';
import { probeW1 } from './devices/probe-w1.ts';
import { scannerHidKeyboard } from './devices/scanner-hid-keyboard.ts';
import { scannerHidPos } from './devices/scanner-hid-pos.ts';
import { scannerLine } from './devices/scanner-line.ts';
import { scannerSsi } from './devices/scanner-ssi.ts';
import { thermometerIr } from './devices/thermometer-ir.ts';
import { thermometerLine } from './devices/thermometer-line.ts';

export const simulators: ReadonlyMap<string, Simulator> = new Map(
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
  ].map((simulator: Simulator) => [simulator.name, simulator]),
);
