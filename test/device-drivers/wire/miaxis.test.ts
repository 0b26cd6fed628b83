import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerReport,
  requestReport,
  samBytesMax,
  samOfAnswer,
  samOfRequest,
} from '../../../device-drivers/wire/miaxis.ts';
import { answers, commands } from '../../vectors/id-sam.ts';
import { find, findOk } from '../../vectors/id-sam-hid.ts';

describe('the Miaxis wrapper', () => {
  test('packs find as the vector has it, led by the id 0', () => {
    expect(requestReport(commands.find)).toEqual(Uint8Array.of(0, ...find));
    expect(samOfRequest(requestReport(commands.find))).toEqual({ bytes: commands.find });
  });

  test('unpacks the answer to find as the vector has it', () => {
    expect(samOfAnswer(findOk)).toEqual({ bytes: answers.found });
    expect(answerReport(answers.found)).toEqual(findOk);
  });

  test('what it packs it unpacks; more than fits is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: samBytesMax }), (bytes) => {
        expect(samOfAnswer(answerReport(bytes))).toEqual({ bytes });
        expect(samOfRequest(requestReport(bytes))).toEqual({ bytes });
      }),
    );
    expect(() => answerReport(new Uint8Array(samBytesMax + 1))).toThrow(RangeError);
  });

  test('no report is taken whose one bit is wrong, up to the end of its sum', () => {
    for (let bit = 0; bit < 8 * (8 + answers.found.length + 2); bit++) {
      const report = Uint8Array.from(findOk);
      report[bit >> 3]! ^= 1 << (bit & 7);
      // SRN is in front of what the sum covers.
      if (bit >> 3 === 1 || bit >> 3 === 2) continue;
      expect([bit, samOfAnswer(report)]).toEqual([bit, { why: expect.any(String) }]);
    }
  });

  test('any bytes are a value', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        for (const unpack of [samOfAnswer, samOfRequest])
          expect(['bytes', 'why']).toContain(Object.keys(unpack(bytes))[0]);
      }),
    );
  });
});
