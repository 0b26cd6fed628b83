import { describe, expect, test } from 'vitest';
import { splitAim } from '../../../device-drivers/wire/aim.ts';
import { xor8 } from '../../../device-drivers/wire/checksums.ts';
import { decodeText } from '../../../device-drivers/wire/text.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

describe('text of unknown encoding', () => {
  test.each([
    ['ASCII', '54303031', 'T001'],
    ['UTF-8', 'e98391e5b79e', '郑州'],
    ['GBK', 'd6a3d6dd', '郑州'],
    ['GB18030 with four bytes', '8139ee39', '㐀'],
    ['a byte order mark says UTF-8 and is no text', 'efbbbf41', 'A'],
  ])('%s', (_, bytes, text) => expect(decodeText(hex(bytes))).toBe(text));

  test('neither', () => expect(decodeText(hex('ff41'))).toBeUndefined());
});

describe('AIM identifiers', () => {
  test.each([
    [']C0T001', { symbology: ']C0', text: 'T001' }],
    [']Q1{}', { symbology: ']Q1', text: '{}' }],
    ['T001', { text: 'T001' }],
    [']C', { text: ']C' }],
    [']??T', { text: ']??T' }],
    [']C0', { symbology: ']C0', text: '' }],
  ])('%s', (text, expected) => expect(splitAim(text)).toEqual(expected));
});

test('xor8 of the published find command', () => expect(xor8(hex('00032001'))).toBe(0x22));
