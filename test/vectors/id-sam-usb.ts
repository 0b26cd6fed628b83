/**
 * What a USB reader sends is what a serial one sends, once the transport has put head and rest together. The split is that of
 * two libusb programs for 0400:C35A and of the reader's description: find goes out as 7 bytes by endpoint 02 and 3 by 06.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';
import { conformance as idSam } from './id-sam.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

export const find = { ep02: hex('AA AA AA 96 69 00 03'), ep06: hex('20 01 22') };
export const found = { ep81: hex('AA AA AA 96 69 00 08'), ep85: hex('00 00 9F 00 00 00 00 97') };

export const conformance: DriverVectors = idSam;
