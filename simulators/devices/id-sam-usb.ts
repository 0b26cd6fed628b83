/**
 * The other end of an ID-card reader on USB: the SAM module of `id-sam`. It lives in the rack's process only, as the stream
 * that the transport makes of the endpoints: the kernel lends no USB device here.
 */
import { defineSimulator } from '../device.ts';
import { idSam } from './id-sam.ts';

export const idSamUsb = defineSimulator({
  name: 'id-sam-usb',
  describe: 'Chinese ID-card reader with the SAM protocol on USB bulk endpoints',
  wires: ['sim'],
  baudRate: idSam.baudRate,
  options: idSam.options,
  create: idSam.create,
});
