import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findUsage, parseHidDescriptor } from '../../../device-drivers/wire/hid-descriptor.ts';
import { honeywellDescriptor } from '../../vectors/scanner-hid-pos.ts';

/** HID 1.11, appendix E.6: the boot keyboard. */
const bootKeyboard = Uint8Array.from(
  Buffer.from(
    '05010906A101050719E029E71500250175019508810295017508810195057501050819012905910295017503910195067508150025650507190029658100C0',
    'hex',
  ),
);

describe('the descriptor of a POS scanner', () => {
  const descriptor = parseHidDescriptor(honeywellDescriptor);

  test.each([
    ['byte count', 'input', 0x0001003b, 2, 8],
    ['AIM identifier', 'input', 0x008c00fb, 2, 16],
    ['its third character', 'input', 0x008c00fd, 2, 32],
    ['decoded data', 'input', 0x008c00fe, 2, 40],
    ["Honeywell's code id", 'input', 0xff660004, 2, 488],
    ['decoded data continued', 'input', 0x008c00ff, 2, 504],
    ['prevent read', 'output', 0x008c005f, 4, 9],
    ['initiate read', 'output', 0x008c0060, 4, 10],
    ['error beep', 'output', 0x008c0085, 4, 13],
    ['good read beep', 'output', 0x008c0086, 4, 14],
    ['redirection', 'feature', 0xff660003, 0xfe, 8],
    ['text to the scanner', 'output', 0xff660022, 0xfd, 16],
  ] as const)('has %s where the manuals say', (_, kind, usage, reportId, bit) => {
    const found = findUsage(descriptor, kind, usage);
    expect([found?.field.reportId, found?.bit]).toEqual([reportId, bit]);
  });

  test('is a bar code scanner', () => expect(descriptor.applications).toEqual([0x008c0002]));
  test('has no keyboard', () => expect(findUsage(descriptor, 'input', 0x00070004)).toBeUndefined());
});

test('the boot keyboard of the specification: 8 modifier bits, then 6 keys, reports not numbered', () => {
  const { applications, fields } = parseHidDescriptor(bootKeyboard);
  expect(applications).toEqual([0x00010006]);
  expect(
    fields.filter(({ kind }) => kind === 'input').map(({ bitOffset, bits, count }) => [bitOffset, bits, count]),
  ).toEqual([
    [0, 1, 8],
    [8, 8, 1],
    [16, 8, 6],
  ]);
  expect(fields.every(({ reportId }) => reportId === 0)).toBe(true);
  expect(findUsage({ applications, fields }, 'input', 0x000700e1)?.bit).toBe(1);
});

test('any bytes are read in bounded time and memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      const { fields } = parseHidDescriptor(bytes);
      expect(fields.length).toBeLessThanOrEqual(bytes.length);
      for (const { usages } of fields) expect(usages.length).toBeLessThanOrEqual(1025);
    }),
  );
  // A range over all usages, and counts that no report can have.
  const greedy = Uint8Array.of(0x19, 0, 0x2b, 0xff, 0xff, 0xff, 0xff, 0x97, 0xff, 0xff, 0xff, 0xff, 0x81, 2);
  expect(parseHidDescriptor(greedy).fields[0]?.usages.length).toBe(1024);
});
