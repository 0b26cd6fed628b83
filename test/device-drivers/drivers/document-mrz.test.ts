import { describe, expect, test } from 'vitest';
import { documentMrz } from '../../../device-drivers/drivers/document-mrz.ts';
import { documentMrz as simulator } from '../../../simulators/devices/document-mrz.ts';
import { connect } from '../../support/converse.ts';
import { elyctis, zones } from '../../vectors/document-mrz.ts';

type Wire = (bytes: Uint8Array) => readonly Uint8Array[];
const rig = (options: object = {}, simulatorOptions: object = {}, wire?: Wire) =>
  connect({ driver: documentMrz, options, simulator, simulatorOptions, ...(wire && { wire }) });
const misread = (detail: string) => ({ fault: { code: 'document-misread', detail } });
const passport = {
  reading: {
    type: 'identity',
    source: 'document',
    idType: '03',
    name: 'CESHI, SHILI',
    idNumber: 'E00000001',
    birthDate: '1990-03-07',
    nationality: 'CHN',
    validTo: '2030-03-06',
    checkDigitOk: true,
  },
};
const forms = ['lines', 'one-line', '3m-rte', 'desko', 'est-100pr'];
const wrongNumber = [zones.td3Chinese[0], `E000000029${zones.td3Chinese[1].slice(10)}`];

describe('document-mrz', () => {
  test.each(forms)('reads a passport from a reader of the form %s, byte by byte', (form) => {
    const r = rig({}, { form }, (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)));
    r.act('present');
    r.idle(200);
    expect(r.outputs).toEqual([passport]);
  });

  test.each(forms)('%s: a plug pulled in mid-document is a fault, and the next one is read', (form) => {
    let cut = true;
    const r = rig({}, { form }, (bytes) => {
      const part = cut ? bytes.subarray(0, 60) : bytes;
      cut = false;
      return [part];
    });
    r.act('present');
    r.idle(200);
    expect(r.outputs).toMatchObject([{ fault: { code: 'document-misread' } }]);
    r.act('present');
    r.idle(200);
    expect(r.outputs.slice(1)).toEqual([passport]);
  });

  test.each([
    ['passport-icao', '03', 'UTO', 'L898902C3'],
    ['passport-german', '03', 'DEU', 'C01X00T47'],
    ['permit-hong-kong', '06', 'CHN', 'H00000001'],
    ['permit-hong-kong-1999', '06', 'CHN', 'H0000000100'],
    ['permit-taiwan', '07', 'CHN', '00000002'],
    ['permit-to-hong-kong', '99', 'CHN', 'C00000001'],
    ['visa-card', '99', 'UTO', 'D23145890'],
  ])('%s is of type %s', (document, idType, nationality, idNumber) => {
    const r = rig();
    r.act('present', { document });
    r.idle(200);
    expect(r.outputs).toMatchObject([{ reading: { idType, nationality, idNumber, checkDigitOk: true } }]);
  });

  test('a permit that this build does not know gets its type in the options', () => {
    const r = rig({ documentTypes: { CS: '06' } });
    r.act('present', { document: 'permit-to-hong-kong' });
    r.idle(200);
    expect(r.outputs).toMatchObject([{ reading: { idType: '06' } }]);
    expect(documentMrz.options.safeParse({ documentTypes: { cs: '06' } }).success).toBe(false);
  });

  test('the same document within its window is one reading', () => {
    const r = rig({ sameDocumentWindowMs: 5000 });
    r.act('present');
    r.idle(4000);
    r.act('present');
    r.idle(5000);
    r.act('present');
    expect(r.outputs).toEqual([passport, { repeat: 'identity' }, passport]);
  });

  test('a wrong check digit is a fault; the same again is what is printed', () => {
    const r = rig();
    r.act('present', { lines: wrongNumber });
    r.idle(1000);
    r.act('present', { lines: wrongNumber });
    expect(r.outputs).toEqual([
      misread('check digit of number, composite'),
      { reading: { ...passport.reading, idNumber: 'E00000002', checkDigitOk: false } },
    ]);
  });

  test('misread in two ways is never a reading', () => {
    const r = rig();
    r.act('present', { lines: wrongNumber });
    r.act('present', { lines: [zones.td3Chinese[0], `E000000039${zones.td3Chinese[1].slice(10)}`] });
    r.act('present', { lines: wrongNumber.map((line) => line.replace('CESHI', 'CE5HI')) });
    expect(r.outputs.every((output) => 'fault' in output)).toBe(true);
    r.idle(30_000);
    r.act('present', { lines: wrongNumber.map((line) => line.replace('CESHI', 'CE5HI')) });
    expect(r.outputs.every((output) => 'fault' in output)).toBe(true);
  });

  test.each([
    ['a character that the optics could not read', ['_'.repeat(44), zones.td3Chinese[1]], 'unread characters'],
    ['a line that is too short', [zones.td3Chinese[0].slice(1), zones.td3Chinese[1]], 'no zone in 89 bytes'],
    [
      'no number at all',
      [zones.td3Chinese[0], `${'<'.repeat(9)}0${zones.td3Chinese[1].slice(10)}`],
      'no document number',
    ],
  ])('%s is a fault', (_, lines, detail) => {
    const r = rig();
    r.act('present', { lines });
    r.idle(200);
    expect(r.outputs).toEqual([misread(detail)]);
  });

  test('a scanner in the wrong socket is a fault without what it scanned', () => {
    const r = rig();
    for (const item of [...r.session.framing.push(Buffer.from('410199199003070018\r')), ...r.session.framing.flush()])
      if ('frame' in item) r.outputs.push(...r.session.onFrame!(item.frame));
    expect(r.outputs).toEqual([misread('no zone in 19 bytes')]);
  });

  test('no fault repeats anything of a document', () => {
    const r = rig();
    r.act('present', { lines: wrongNumber });
    r.act('present', { lines: [zones.td3Chinese[0]] });
    r.idle(200);
    expect(r.outputs).toHaveLength(2);
    expect(JSON.stringify(r.outputs)).not.toMatch(/CESHI|E0000|900307/);
  });
});

describe('document-mrz on an Elyctis reader', () => {
  const asked = (settings: object = {}) => rig({ protocol: 'elyctis' }, { form: 'elyctis', ...settings });

  test('asks as the manual says, and is identified by any answer', () => {
    const r = asked();
    expect(r.converse(r.session.identify!())).toEqual({ identity: {} });
    expect(r.sent).toEqual([elyctis.inquire]);
  });

  test.each(['none', 'CR', 'LF', 'CRLF'])(
    'reads a document once while it lies there, lines apart by %s',
    (separator) => {
      const r = asked({ separator });
      r.act('present');
      for (let look = 0; look < 30; look++) expect(r.cycle()).toBeUndefined();
      expect(r.outputs).toEqual([passport]);
      r.act('remove');
      r.cycle();
      r.act('present', { document: 'permit-hong-kong' });
      r.cycle();
      expect(r.outputs).toHaveLength(2);
    },
  );

  test('a misread document is told once, and again when it is laid on again', () => {
    const r = asked();
    for (const lines of [wrongNumber, [zones.td3Chinese[0]], wrongNumber]) {
      r.act('present', { lines });
      for (let look = 0; look < 3; look++) r.cycle();
      r.act('remove');
      r.cycle();
    }
    expect(r.outputs.map((output) => ('fault' in output ? 'fault' : 'reading'))).toEqual(['fault', 'fault', 'reading']);
  });

  test('silence: gone after three questions', () => {
    const r = asked();
    r.device.power(false);
    expect(r.converse(r.session.identify!())).toEqual({ fault: { code: 'no-reply' } });
    expect([r.cycle(), r.cycle(), r.cycle()]).toEqual([undefined, undefined, { code: 'no-reply' }]);
  });
});
