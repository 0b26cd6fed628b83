import { expect, test } from 'vitest';
import { escposToZpl } from '../../../simulators/label-picture/escpos-to-zpl.ts';

/** Without set-up and cut. */
const fields = (slip: string) =>
  escposToZpl(slip)
    .zpl.split('\n')
    .filter((line) => line.startsWith('^FO') && !line.endsWith('^GB8,2,2^FS'));

test('letters take 12 dots and Chinese 24, on a line of 384; a full line goes on below', () => {
  expect(fields('a张\nb\n')).toEqual([
    '^FO40,22^AAN,24,12^FH^FDa^FS',
    '^FO52,22^A1N,24,24^FH^FD张^FS',
    '^FO40,52^AAN,24,12^FH^FDb^FS',
  ]);
  expect(fields(`${'x'.repeat(33)}\n`).at(-1)).toBe('^FO40,52^AAN,24,12^FH^FDx^FS');
});

test('size, bold, alignment, feed', () => {
  expect(fields('\x1b@\x1c&\x1ba\x01\x1d!\x11大\n\x1d!\x00\x1ba\x02\x1bE\x01b\x1bE\x00\x1bd\x02\x1ba\x00c')).toEqual([
    '^FO208,16^A1N,48,48^FH^FD大^FS',
    '^FO412,70^AAN,24,12^FH^FDb^FS',
    '^FO413,70^AAN,24,12^FH^FDb^FS',
    '^FO40,130^AAN,24,12^FH^FDc^FS',
  ]);
});

test('barcode in the middle with its text below, and a QR code', () => {
  expect(fields('\x1ba\x01\x1dh\x50\x1dw\x02\x1dH\x02\x1dkI\x05{BT{{\n')).toEqual([
    '^FO175,16^BY2^BCN,80,Y,N,N^FH^FD>:T{^FS',
  ]);
  const qr = '\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1\x1d(k\x07\x001P0T^_1\x1d(k\x03\x001Q0';
  expect(fields(qr)).toEqual(['^FO40,16^BY2,3,1^BQN,2,6^FH^FDMM,B0004T_5E_5F1^FS']);
});

test('what is text to the printer is text in the picture; what is not drawn is named', () => {
  const { zpl, notDrawn } = escposToZpl('^XZ~JA\n\x1dx\x1bp');
  expect(zpl).toContain('^FD_5E^FS');
  expect(zpl).toContain('^FD_7E^FS');
  expect(zpl.match(/\^XZ/g)).toHaveLength(1);
  expect(notDrawn).toEqual(['GS x', 'ESC p']);
});

test('a slip longer than the picture ends with it', () => {
  expect(escposToZpl('a\n'.repeat(200)).zpl).toContain('^LL1568');
});
