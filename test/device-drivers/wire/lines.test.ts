import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LineEnd, lines } from '../../../device-drivers/wire/lines.ts';
import { cutAt, feed } from '../../support/framing.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const fresh = (lineEnd: LineEnd = 'any', idleEndMs = 80, lineBytesMax = 8) =>
  lines({ lineEnd, lineBytesMax, idleEndMs });
const textsOf = (lineEnd: LineEnd, wire: string) =>
  feed(fresh(lineEnd), [bytes(wire)]).frames.map((line) => `${bytes2text(line.bytes)}/${line.endedBy}`);
const bytes2text = (line: Uint8Array) => Buffer.from(line).toString('latin1');

describe('lines', () => {
  test.each<[LineEnd, string, string[]]>([
    ['any', 'A\rB\nC\r\nD', ['A/suffix', 'B/suffix', 'C/suffix', 'D/silence']],
    ['CR', 'A\nB\rC', ['A\nB/suffix', 'C/silence']],
    ['LF', 'A\rB\nC', ['A\rB/suffix', 'C/silence']],
    ['CRLF', 'A\rB\nC\r\n\r\nD\r\n', ['A\rB\nC/suffix', 'D/suffix']],
  ])('%s ends lines', (lineEnd, wire, expected) => expect(textsOf(lineEnd, wire)).toEqual(expected));

  test('an oversize line is given up to its end, not split', () => {
    expect(fresh().push(bytes('123456789\rOK\r'))).toEqual([
      { discarded: 9, why: 'oversize' },
      { frame: { bytes: Uint8Array.from(bytes('OK')), endedBy: 'suffix' } },
    ]);
    expect(textsOf('any', '12345678\r')).toEqual(['12345678/suffix']);
  });

  test('silence ends an oversize line too: the next code is not swallowed with it', () => {
    const framing = fresh();
    framing.push(bytes('123456789012345'));
    expect(framing.heldBytes).toBeGreaterThan(0);
    framing.flush();
    expect(framing.push(bytes('OK\r'))).toEqual([
      { frame: { bytes: Uint8Array.from(bytes('OK')), endedBy: 'suffix' } },
    ]);
  });

  test('without an idle end, silence completes nothing', () => {
    const framing = fresh('any', 0);
    expect(framing.idle).toBeUndefined();
    framing.push(bytes('HALF'));
    expect(framing.flush()).toEqual([{ discarded: 4, why: 'incomplete' }]);
  });

  test('lines and discarded bytes do not depend on how the bytes arrive', () => {
    const wire = fc.string({ unit: fc.constantFrom('A', 'B', '\r', '\n'), maxLength: 200 }).map(bytes);
    const end = fc.constantFrom<LineEnd>('any', 'CR', 'LF', 'CRLF');
    fc.assert(
      fc.property(wire, end, fc.array(fc.nat()), (all, lineEnd, places) => {
        const whole = feed(fresh(lineEnd), [all]);
        const cut = feed(fresh(lineEnd), cutAt(all, places));
        expect({ ...cut, heldBytesMax: 0 }).toEqual({ ...whole, heldBytesMax: 0 });
        expect(cut.heldBytesMax).toBeLessThanOrEqual(9);
      }),
    );
  });
});
