/** What a reading becomes on the wire (contract: stream `reading`), with the personal part still apart and a masked summary for the screen. */
import type { Reading } from '../device-drivers/driver.ts';
import type { ClockQuality } from './contract/streams.ts';
import { maskName, maskNumber, maskText } from './privacy/mask.ts';
import { type Summary, summaryOf } from './summary.ts';
import { rfc3339 } from './wall-time.ts';

export interface ReadingEvent extends Summary {
  readonly type: string;
  readonly subject?: string;
  /** `data` of the event, without `pii`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** To be sealed into `data.pii`. */
  readonly personal?: Readonly<Record<string, unknown>>;
}

export interface ReadingPolicy {
  readonly clockQuality: () => ClockQuality;
  readonly personRef: (idType: string, idNumber: string) => string;
  readonly textRef: (text: string) => string;
  readonly isCode: (text: string) => boolean;
}

/** The contract's limit for the code of an object; anything longer is not one, whatever a pattern says. */
const codeCharactersMax = 512;

export function readingEvent(device: string, reading: Reading, wallMs: number, policy: ReadingPolicy): ReadingEvent {
  switch (reading.type) {
    case 'scan': {
      const { text } = reading;
      const about = { device, ...(reading.symbology !== undefined && { symbology: reading.symbology }) };
      if (text.length <= codeCharactersMax && policy.isCode(text))
        return { type: 'reading.scanned', subject: text, data: { ...about, text }, summary: text };
      const data = { ...about, textRef: policy.textRef(text) };
      return { type: 'reading.scanned', data, personal: { text }, ...summaryOf([maskText(text)]) };
    }
    case 'identity': {
      const { source, idType, name, idNumber, birthDate, nationality, validTo, checkDigitOk } = reading;
      const checkDigit = checkDigitOk === undefined ? 'none' : checkDigitOk ? 'ok' : 'wrong';
      const checks = { checkDigit, expiry: expiry(validTo, wallMs, policy.clockQuality()) };
      return {
        type: source === 'card' ? 'reading.card-read' : 'reading.document-read',
        data: { device, idType, personRef: policy.personRef(idType, idNumber), checks },
        personal: { name, idType, idNumber, birthDate, nationality, validTo },
        summary: `${maskName(name)} ${maskNumber(idNumber)}`,
      };
    }
    case 'temperature': {
      const { celsius, channel, humidity, quality, raw } = reading;
      const where = channel === undefined ? [] : [{ text: `${channel}:` }];
      const value = celsius === null ? { word: quality } : { text: `${celsius.toFixed(1)} °C` };
      const data = { device, celsius, channel, humidity, quality, raw };
      return { type: 'reading.temperature', data, ...summaryOf([...where, value]) };
    }
    case 'input': {
      const { input, level } = reading;
      return { type: 'reading.input-changed', data: { device, input, level }, summary: `${input} = ${level}` };
    }
  }
}

function expiry(validTo: string | undefined, wallMs: number, clockQuality: ClockQuality) {
  if (validTo === 'long-term') return validTo;
  if (validTo === undefined || clockQuality === 'unsynced') return 'unknown';
  return rfc3339(wallMs).slice(0, 10) <= validTo ? 'valid' : 'expired';
}
