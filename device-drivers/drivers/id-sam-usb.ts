/**
 * Chinese ID-card readers on USB that are no HID device (0400:C35A, the "standard SDT" reader of several makers): the SAM
 * protocol of `id-sam` over bulk endpoints. How frames are spread over them is the transport's business.
 */
import { defineDriver } from '../driver.ts';
import { idSam } from './id-sam.ts';

export const idSamUsb = defineDriver({
  name: 'id-sam-usb',
  kind: idSam.kind,
  describe: 'Chinese ID-card reader with the SAM protocol (GA/T 467) on USB bulk endpoints (0400:C35A)',
  transports: ['usb', 'sim'],
  options: idSam.options,
  faults: idSam.faults,
  session: idSam.session,
});
