/** What any reading owes, whatever driver it comes from; computed here anew, not with the drivers' own code. */
import type { Reading } from '../../device-drivers/driver.ts';

const dayOrUndefined = (text: string | undefined) => text === undefined || /^\d{4}-\d{2}-\d{2}$/.test(text);

/** Why it should never have become a reading; undefined when it may. Never quotes it. */
export function whyNoReading(reading: Reading): string | undefined {
  switch (reading.type) {
    case 'scan':
      if (reading.text === '') return 'an empty code';
      if (/[^\P{Cc}\x1d]/u.test(reading.text)) return 'a control character in a code';
      if (reading.text.includes('\ufffd')) return 'a replacement character in a code';
      if (/\p{Cs}/u.test(reading.text)) return 'half a surrogate pair in a code';
      if (reading.symbology !== undefined && !/^\][A-Za-z][0-9A-Za-z]$/.test(reading.symbology))
        return 'no AIM identifier';
      return undefined;
    case 'identity': {
      const { idType, idNumber, birthDate, validTo, nationality, checkDigitOk } = reading;
      // A filler inside stands for a hyphen or a space (Doc 9303-3); in check digits it counts as much as a 0, so it may be one.
      if (idNumber === '' || /[^0-9A-Z<]/.test(idNumber)) return 'a document number with other characters';
      if (/^<|<$/.test(idNumber)) return 'a document number that begins or ends with a filler';
      if (/\p{Cc}/u.test(reading.name)) return 'a control character in a name';
      if (!dayOrUndefined(birthDate)) return 'a birth date that is no day';
      if (validTo !== 'long-term' && !dayOrUndefined(validTo)) return 'an expiry that is no day';
      if (nationality !== undefined && !/^[A-Z]{1,3}$/.test(nationality)) return 'a nationality that is none';
      if (idType === '01' && checkDigitOk !== (checkCharacter(idNumber) === idNumber[17]))
        return 'a check digit that is judged wrongly';
      return undefined;
    }
    case 'temperature': {
      const { celsius, quality, humidity, channel } = reading;
      if (celsius === null) return quality === 'invalid' ? undefined : 'no value, but not invalid';
      if (!Number.isFinite(celsius) || celsius < -200 || celsius > 850)
        return 'a temperature that nothing here measures';
      if (humidity !== undefined && !(humidity >= 0 && humidity <= 100)) return 'a humidity outside 0 to 100';
      if (channel !== undefined && !(Number.isInteger(channel) && channel >= 0 && channel <= 255)) return 'no channel';
      return undefined;
    }
    case 'input':
      if (reading.input === '' || reading.input.length > 64) return 'an input without a name';
      return reading.level === 0 || reading.level === 1 ? undefined : 'no level';
  }
}

/** GB 11643: ISO 7064 MOD 11-2 over the first 17 digits. */
function checkCharacter(idNumber: string): string | undefined {
  if (!/^\d{17}[\dX]$/.test(idNumber)) return undefined;
  let sum = 0;
  for (let at = 0; at < 17; at++) sum += Number(idNumber[at]) * 2 ** (17 - at);
  return '10X98765432'[sum % 11];
}
