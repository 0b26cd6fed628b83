import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scannerHidKeyboard } from '../../../device-drivers/drivers/scanner-hid-keyboard.ts';
import { scannerHidKeyboard as simulator } from '../../../simulators/devices/scanner-hid-keyboard.ts';
import { connect, type Rig } from '../../support/converse.ts';
import { chineseByUnicode, codes } from '../../vectors/scanner-hid-keyboard.ts';

const rig = (options: object = {}, simulatorOptions: object = {}): Rig => {
  const r = connect({ driver: scannerHidKeyboard, options, simulator, simulatorOptions });
  r.session.opened?.(simulator.hid!(simulator.options.parse(simulatorOptions)));
  return r;
};
const play = (r: Rig, reports: readonly Uint8Array[]) =>
  r.act('reports', { hex: reports.map((report) => Buffer.from(report).toString('hex')) });
const scan = (text: string, symbology?: string) => ({
  reading: { type: 'scan', text, ...(symbology && { symbology }) },
});
const key = (usage: number, modifiers = 0) => [Uint8Array.of(modifiers, 0, usage, 0, 0, 0, 0, 0), new Uint8Array(8)];
const enter = key(0x28);

describe('scanner-hid-keyboard', () => {
  test.each(Object.entries(codes))('reads the vector %s', (_, { reports, text }) => {
    const r = rig();
    play(r, reports);
    expect(r.outputs).toEqual([scan(text)]);
    r.idle(1000);
    expect(r.outputs).toHaveLength(1);
  });

  test('reads numbers of Unicode where the scanner types those', () => {
    const r = rig({ altCodes: 'unicode' });
    play(r, chineseByUnicode);
    expect(r.outputs).toEqual([scan('中')]);
  });

  test('every character a US keyboard has, and Chinese both ways, comes through', () => {
    const ascii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(0x20 + at)).join('');
    for (const releases of ['all', 'same'])
      for (const altCodes of ['gbk', 'unicode'])
        for (const text of [ascii, '管号T2211070042', '郑州100号', '{"id":"a\\b","n":11}', '0104\x1d17'])
          for (const suffix of ['Enter', 'none']) {
            const r = rig({ altCodes }, { releases, altCodes, suffix });
            r.act('scan', { text });
            r.idle(200);
            expect([releases, altCodes, r.outputs]).toEqual([releases, altCodes, [scan(text)]]);
          }
  });

  test('text of any such characters is read as it is', () => {
    const character = fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), fc.constantFrom('郑', '州', '\x1d', 'é'));
    fc.assert(
      fc.property(
        fc.array(character, { minLength: 1, maxLength: 40 }),
        fc.constantFrom('all', 'same'),
        (text, releases) => {
          const r = rig({ altCodes: 'unicode' }, { altCodes: 'unicode', releases });
          r.act('scan', { text: text.join('') });
          expect(r.outputs).toEqual([scan(text.join(''))]);
        },
      ),
    );
  });

  test('a scanner that presses Enter and stops in mid-code has typed half a code', () => {
    const r = rig();
    r.act('scan', { text: 'T1' });
    r.act('scan', { text: 'T22110', suffix: 'none' });
    r.idle(200);
    r.act('scan', { text: 'T3' });
    expect(r.outputs).toEqual([
      scan('T1'),
      { fault: { code: 'code-incomplete', detail: '6 characters, then silence' } },
      scan('T3'),
    ]);
  });

  test('where Enter is named, already the first code must have it', () => {
    const r = rig({ suffix: 'Enter' });
    r.act('scan', { text: 'T1', suffix: 'none' });
    r.idle(200);
    expect(r.outputs).toMatchObject([{ fault: { code: 'code-incomplete' } }]);
  });

  test.each([
    ['a rollover report', [Uint8Array.of(0, 0, 1, 1, 1, 1, 1, 1)], 'more keys at once than a report holds'],
    ['a function key', key(0x3a), 'key 0x3a'],
    ['Escape', key(0x29), 'key 0x29'],
    ['the Windows key', key(0x15, 0x08), 'modifiers 0x8'],
    ['Alt and a letter', key(0x15, 0x04), 'a key with Alt that is no digit'],
    ['Ctrl and a digit', key(0x1e, 0x01), 'key 0x1e'],
    ['a TAB', key(0x2b), 'control character 0x09 at character 1'],
    ['Alt and 0', [...key(0x62, 0x04)], 'a number with Alt that is no character'],
  ])('a code with %s is no code, and the next one is', (_, reports, detail) => {
    const r = rig();
    play(r, [...key(0x04), ...reports, ...key(0x05), ...enter]);
    play(r, [...key(0x06), ...enter]);
    expect(r.outputs).toEqual([{ fault: { code: 'code-unreadable', detail } }, scan('c')]);
  });

  test('a release that was lost does not swallow the first key of the next code', () => {
    const r = rig({ suffix: 'any', repeatWindowMs: 0 });
    play(r, [key(0x04)[0]!]);
    r.idle(200);
    play(r, [key(0x04)[0]!]);
    r.idle(200);
    expect(r.outputs).toEqual([scan('a'), scan('a')]);
  });

  test('a code that never ends is given up at 4096 characters, and the next one is read', () => {
    const r = rig();
    r.act('scan', { text: 'A'.repeat(7000) });
    r.act('scan', { text: 'T1' });
    expect(r.outputs).toEqual([scan('T1')]);
    expect(r.discarded.get('oversize')).toBe(4097);
  });

  test('the AIM identifier is split off when it is configured; the same code again is a repeat', () => {
    const r = rig({ symbologyId: true });
    for (const text of [']C0T1', ']C0T1', 'T2']) r.act('scan', { text });
    expect(r.outputs).toEqual([scan('T1', ']C0'), { repeat: 'scan' }, scan('T2')]);
  });

  test('reports with an id are read where the descriptor numbers them, others are not', () => {
    const r = connect({ driver: scannerHidKeyboard, simulator });
    // A keyboard with report id 1 beside a consumer control with id 2.
    const reportDescriptor = Buffer.from('05010906a1018501050719002965150026ff00750895088100c0', 'hex');
    r.session.opened?.({ reportDescriptor });
    const framing = r.session.framing;
    const numbered = (report: Uint8Array) => Uint8Array.of(1, ...report);
    for (const report of [...key(0x04), ...enter])
      for (const item of framing.push(numbered(report)))
        if ('frame' in item) r.outputs.push(...r.session.onFrame!(item.frame));
    expect(r.outputs).toEqual([scan('a')]);
    expect(framing.push(Uint8Array.of(2, 0xe9, 0))).toEqual([{ discarded: 3, why: 'noise' }]);
  });

  test('a scanner in POS mode is told so', () => {
    const r = connect({ driver: scannerHidKeyboard, simulator });
    r.session.opened?.({ reportDescriptor: Uint8Array.of(5, 0x8c, 9, 2, 0xa1, 1, 0xc0) });
    expect(r.converse(r.session.identify!())).toMatchObject({ fault: { code: 'scanner-wrong-mode' } });
    expect(rig().converse(rig().session.identify!())).toEqual({ identity: {} });
  });

  test('whatever is typed: no throw, bounded memory, and a good code after it is read', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 8, maxLength: 9 }), { maxLength: 200 }), (reports) => {
        const r = rig();
        for (const report of reports) {
          for (const item of r.session.framing.push(report)) if ('frame' in item) r.session.onFrame!(item.frame);
          expect(r.session.framing.heldBytes).toBeLessThanOrEqual(4_200);
        }
        r.session.framing.flush();
        play(r, [new Uint8Array(8), ...codes.letterDigitUnderscore.reports]);
        expect(r.outputs).toEqual([scan('A1_b')]);
      }),
    );
  });

  test('no fault repeats what was scanned', () => {
    const r = rig();
    play(r, [...key(0x3a)]);
    r.act('scan', { text: '410199199003070018' });
    r.act('scan', { text: '410199199003070018', suffix: 'none' });
    r.idle(200);
    expect(JSON.stringify(r.outputs)).not.toContain('410199');
  });
});
