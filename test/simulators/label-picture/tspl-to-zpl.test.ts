import { expect, test } from 'vitest';
import { tsplToZpl } from '../../../simulators/label-picture/tspl-to-zpl.ts';

const fields = (...lines: string[]) => tsplToZpl(lines.join('\r\n')).zpl.split('\n').slice(2, -1);

test('size, text, barcode, QR code, bar and box', () => {
  const { zpl, notDrawn } = tsplToZpl(
    [
      'SIZE 40 mm,20.5 mm',
      'GAP 2 mm,0 mm',
      'DIRECTION 1,0',
      'CLS',
      'TEXT 16,150,"TSS24.BF2",0,1,1,"张三 男"',
      'TEXT 8,8,"3",90,2,2,"a^_~b"',
      'BARCODE 16,44,"128",70,1,0,2,2,"T>1"',
      'QRCODE 300,150,M,3,A,0,"T20261122000123"',
      'BAR 1,2,30,4',
      'BOX 10,20,110,70,3',
    ].join('\r\n'),
  );
  expect(zpl.split('\n')).toEqual([
    '^XA^CI28^PW320^LL164^LH0,0',
    '^CW1,E:SIMSUN.FNT',
    '^FO16,150^A1N,24,24^FH^FD张三 男^FS',
    '^FO8,8^A0R,48,48^FH^FDa_5E_5F_7Eb^FS',
    '^FO16,44^BY2^BCN,70,Y,N,N,A^FH^FDT>1^FS',
    '^FO300,150^BY2,3,1^BQN,2,3^FH^FDMA,T20261122000123^FS',
    '^FO1,2^GB30,4,4^FS',
    '^FO10,20^GB100,50,3^FS',
    '^XZ',
  ]);
  expect(notDrawn).toEqual([]);
});

test('a string with commas, quotes and a command in it is one text', () => {
  expect(fields('TEXT 1,2,"2",0,1,1,"a,\\["]b\\["],^XZ"')).toEqual(['^FO1,2^A0N,20,20^FH^FDa,"b",_5EXZ^FS']);
});

test('white and black change places in a bitmap', () => {
  expect(fields('BITMAP 8,9,1,3,0,00fff0')).toEqual(['^FO8,9^GFA,3,3,1,FF000F^FS']);
});

test('what is not in the picture is named', () => {
  expect(tsplToZpl('CLS\r\nPDF417 1,1,2,2,0,"a"\r\nBARCODE 1,1,"EAN13",70,1,0,2,2,"1"').notDrawn).toEqual([
    'PDF417',
    'BARCODE',
  ]);
});
