/** The other end of a Miaxis ID-card reader: the SAM module of `id-sam` behind HID reports of 64 bytes. */
import { answerReport, samBytesMax, samOfRequest } from '../../device-drivers/wire/miaxis.ts';
import { defineSimulator } from '../device.ts';
import { idSam } from './id-sam.ts';

/** 64 bytes each way under a vendor's usage, reports without ids. Composed: no capture of the real one is public. */
const reportDescriptor = Uint8Array.from(Buffer.from('0600ff0901a101150026ff007508954009018102954009029102c0', 'hex'));

export const idSamHid = defineSimulator({
  name: 'id-sam-hid',
  describe: 'Chinese ID-card reader with the SAM protocol in HID reports (Miaxis)',
  wires: ['sim'],
  baudRate: idSam.baudRate,
  options: idSam.options,
  hid: () => ({ name: 'Miaxis MR-300', vendor: 0x10c4, product: 0x0007, serial: '', interface: 0, reportDescriptor }),
  create(settings, context) {
    const reader = idSam.create(settings, {
      ...context,
      send(frame) {
        for (let at = 0; at < frame.length; at += samBytesMax) {
          context.send(answerReport(frame.subarray(at, at + samBytesMax)));
        }
      },
    });
    return {
      ...reader,
      receive(report) {
        const sam = samOfRequest(report);
        if ('bytes' in sam) reader.receive(sam.bytes);
      },
    };
  },
});
