import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scannerHidPos } from '../../../device-drivers/drivers/scanner-hid-pos.ts';
import { scannerHidPos as simulator } from '../../../simulators/devices/scanner-hid-pos.ts';
import { connect, type Rig } from '../../support/converse.ts';
import { codes, commandReply, honeywellDescriptor, toScanner } from '../../vectors/scanner-hid-pos.ts';

type Model = 'honeywell' | 'newland' | 'jieli';
/** As the session does it: the descriptor first, then the identification. */
function rig(options: object = {}, model: Model = 'honeywell', withDescriptor = true) {
  const simulatorOptions = simulator.options.parse({ model });
  const r = connect({ driver: scannerHidPos, options, simulator, simulatorOptions });
  r.session.opened?.(withDescriptor ? simulator.hid!(simulatorOptions) : {});
  return Object.assign(r, { identified: r.converse(r.session.identify!()) });
}
const reportsIn = (r: Rig, ...reports: Uint8Array[]) => {
  for (const report of reports)
    for (const item of r.session.framing.push(report))
      if ('frame' in item) r.outputs.push(...r.session.onFrame!(item.frame));
};
const silence = (r: Rig) => {
  for (const item of r.session.framing.flush()) if ('frame' in item) r.outputs.push(...r.session.onFrame!(item.frame));
};
const scan = (text: string, symbology?: string) => ({
  reading: { type: 'scan', text, ...(symbology && { symbology }) },
});

describe('scanner-hid-pos', () => {
  test.each(Object.entries(codes))('reads the vector %s without a descriptor', (_, { report, reading }) => {
    const r = rig({}, 'honeywell', false);
    reportsIn(r, report);
    expect(r.outputs).toEqual([{ reading: { type: 'scan', ...reading } }]);
  });

  test('the descriptor has the last word about what stands where', () => {
    const r = rig();
    expect(simulator.hid!(simulator.options.parse({})).reportDescriptor).toEqual(honeywellDescriptor);
    // Newland's layout, which Honeywell's descriptor contradicts: what stands at byte 5 is the code.
    reportsIn(r, codes.newland.report, codes.code128.report);
    expect(r.outputs.at(-1)).toEqual(scan('ZZ2211220001', ']C0'));
    expect(r.outputs[0]).not.toEqual(scan('ZZ2211220001'));
  });

  test.each([
    ['honeywell', true, ']Q1'],
    ['honeywell', false, ']Q1'],
    ['newland', true, undefined],
    ['newland', false, undefined],
    ['jieli', true, ']Q1'],
    ['jieli', false, ']Q1'],
  ] as const)('reads codes of any length from %s (descriptor: %s)', (model, withDescriptor, symbology) => {
    for (const length of [1, 3, 54, 55, 56, 57, 110, 111, 112, 113, 168, 500, 4000]) {
      const r = rig({}, model, withDescriptor);
      if (!withDescriptor) r.device.receive(toScanner.switchOn);
      const text = 'T'.repeat(length);
      r.act('scan', { text, symbology: ']Q1' });
      r.idle(200);
      expect([length, r.outputs]).toEqual([length, [scan(text, symbology)]]);
    }
  });

  test('Honeywell is switched on by its feature report, where the descriptor has it', () => {
    const r = rig();
    expect(r.identified).toEqual({ identity: {} });
    expect(r.sent).toEqual([toScanner.switchOn]);
    expect(rig({}, 'newland').sent).toEqual([]);
  });

  test('Newland with the identifier in its data', () => {
    const r = rig({ symbologyId: true }, 'newland', false);
    const withAim = codes.newland.report.slice();
    withAim.set([0x10, ...Buffer.from(']C0ZZ2211220001\r')], 1);
    reportsIn(r, withAim);
    expect(r.outputs).toEqual([scan('ZZ2211220001', ']C0')]);
  });

  test('an answer to a command is no scan, also between two scans', () => {
    const r = rig();
    reportsIn(r, codes.code128.report, commandReply, codes.qr.report);
    r.device.receive(toScanner.honeywellRevision);
    expect(r.outputs).toEqual([scan('ZZ2211220001', ']C0'), scan('郑州T123', ']Q1')]);
  });

  test('a code whose last report was lost is no code, once the scanner is known to end codes with CR', () => {
    const r = rig();
    reportsIn(r, codes.code128.report);
    const first = new Uint8Array(64).fill(0x41);
    first.set([2, 56, 0x5d, 0x51, 0x31]);
    first[63] = 1;
    reportsIn(r, first);
    silence(r);
    reportsIn(r, codes.qr.report);
    expect(r.outputs).toEqual([
      scan('ZZ2211220001', ']C0'),
      { fault: { code: 'code-incomplete', detail: '56 bytes, then silence' } },
      scan('郑州T123', ']Q1'),
    ]);
  });

  test('with idleEndMs 0 silence ends no code, and what is held is given up', () => {
    const r = rig({ idleEndMs: 0 }, 'jieli');
    r.act('scan', { text: 'T'.repeat(55) });
    r.idle(5000);
    r.act('scan', { text: 'T2' });
    expect(r.outputs).toEqual([scan('T2', ']C0')]);
    expect(r.discarded.get('incomplete')).toBe(56);
  });

  test('a code that never ends is given up at 4096 bytes, and the next one is read', () => {
    const r = rig();
    r.act('scan', { text: 'A'.repeat(7000) });
    r.act('scan', { text: 'T1' });
    expect(r.outputs).toEqual([scan('T1', ']C0')]);
    expect(r.discarded.get('oversize')).toBeGreaterThan(4096);
  });

  test('the same code within the window is one reading', () => {
    const r = rig();
    for (const text of ['T1', 'T1', 'T2']) r.act('scan', { text });
    expect(r.outputs).toEqual([scan('T1', ']C0'), { repeat: 'scan' }, scan('T2', ']C0')]);
  });

  test.each([
    ['ESC', 'T1\x1b[2J', 'control character 0x1b at character 2'],
    ['a TAB as suffix', 'T1\t', 'control character 0x09 at character 2'],
    ['a CR in the middle', 'T1\rT2', 'control character 0x0d at character 2'],
  ])('a code with %s is a fault that repeats nothing of it', (_, text, detail) => {
    const r = rig();
    r.act('scan', { text });
    expect(r.outputs).toEqual([{ fault: { code: 'code-unreadable', detail } }]);
  });

  test('an empty code is a fault', () => {
    const r = rig();
    const report = codes.code128.report.slice();
    report.set([1, 0x5d, 0x43, 0x30, 0x0d, 0], 1);
    reportsIn(r, report);
    expect(r.outputs).toEqual([{ fault: { code: 'code-unreadable', detail: 'an empty code' } }]);
  });

  test.each([
    ['another report id', (report: Uint8Array) => (report[0] = 9), 'noise'],
    ['an impossible count', (report: Uint8Array) => (report[1] = 57), 'length'],
    ['no data', (report: Uint8Array) => (report[1] = 0), 'noise'],
  ])('a report with %s is given up, counted, and the next one read', (_, spoil, why) => {
    const r = rig();
    const report = codes.code128.report.slice();
    spoil(report);
    expect(r.session.framing.push(report)).toEqual([{ discarded: 64, why }]);
    reportsIn(r, codes.qr.report);
    expect(r.outputs).toEqual([scan('郑州T123', ']Q1')]);
  });

  test('a scanner in keyboard mode is told so', () => {
    const r = connect({ driver: scannerHidPos, simulator });
    r.session.opened?.({ reportDescriptor: Uint8Array.of(5, 1, 9, 6, 0xa1, 1, 0xc0) });
    expect(r.converse(r.session.identify!())).toEqual({
      fault: { code: 'scanner-wrong-mode', detail: 'usage 0001:0006, not 008c:0002' },
    });
  });

  test.each([
    ['pos', 'honeywell', true, toScanner.posBeep, toScanner.posTrigger],
    ['pos', 'jieli', false, toScanner.posBeep, toScanner.posTrigger],
    ['honeywell', 'honeywell', true, [toScanner.honeywellBeep], [toScanner.honeywellTrigger]],
  ] as const)('beeps and triggers by %s on %s', (commands, model, withDescriptor, beep, trigger) => {
    const r = rig({ commands }, model, withDescriptor);
    const before = r.sent.length;
    for (const name of ['beep', 'trigger'])
      expect(r.converse(r.session.commands![name]!({} as never))).toEqual({ outcome: 'done' });
    expect(r.sent.slice(before)).toEqual([...beep, ...trigger]);
    expect(r.device.state()).toMatchObject({ beeps: 1, triggers: 1 });
  });

  test('Newland is triggered in its own words and has none for a beep; bits it does not declare are not sent', () => {
    const r = rig({ commands: 'newland' }, 'newland');
    expect(r.converse(r.session.commands!.trigger!({} as never))).toEqual({ outcome: 'done' });
    expect(r.sent).toEqual([toScanner.newlandTrigger]);
    expect(r.device.state().triggers).toBe(1);
    const none = { outcome: 'failed', why: 'this scanner has no such command' };
    expect(r.converse(r.session.commands!.beep!({} as never))).toEqual(none);
    const bits = rig({ commands: 'pos' }, 'newland');
    expect(bits.converse(bits.session.commands!.trigger!({} as never))).toEqual(none);
    expect(bits.sent).toEqual([]);
  });

  test('whatever the reports, descriptor and order: no throw, bounded memory, and a good code after it is read', () => {
    fc.assert(
      fc.property(
        fc.option(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(honeywellDescriptor)), { nil: undefined }),
        fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 100 }),
        (reportDescriptor, reports) => {
          const r = connect({ driver: scannerHidPos, simulator });
          r.session.opened?.({ reportDescriptor });
          for (const command of Object.values(r.session.commands!)) r.converse(command({} as never));
          for (const report of reports) {
            // The first byte of a code report, so that some come through.
            for (const chunk of [report, Uint8Array.of(2, ...report)]) {
              reportsIn(r, chunk);
              expect(r.session.framing.heldBytes).toBeLessThanOrEqual(4096);
            }
          }
          silence(r);
          expect(r.session.framing.heldBytes).toBe(0);
          if (reportDescriptor && reportDescriptor !== honeywellDescriptor) return;
          r.outputs.length = 0;
          reportsIn(r, codes.code128.report);
          expect(r.outputs.at(-1)).toEqual(scan('ZZ2211220001', ']C0'));
        },
      ),
    );
  });

  test('no fault repeats what was scanned', () => {
    const r = rig();
    r.act('scan', { text: '410199199003070018\x1b' });
    expect(JSON.stringify(r.outputs)).not.toContain('410199');
  });
});
