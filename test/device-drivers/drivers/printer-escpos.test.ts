import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { healthOf, printerEscpos, slipBytes, testLabel } from '../../../device-drivers/drivers/printer-escpos.ts';
import { withoutControls } from '../../../device-drivers/wire/label-text.ts';
import { printerEscpos as printer } from '../../../simulators/devices/printer-escpos.ts';
import type { Rig } from '../../support/converse.ts';
import { bytesOf, conditionsOf, identify, printedBy, printerRig } from '../../support/printer-rig.ts';
import { status } from '../../vectors/printer-escpos.ts';

const label = testLabel({ title: '采样凭证', lines: ['hut-0417'], code: 'T20261122000123' });

const { start, started, print } = printerRig(printerEscpos, printer, label);
const slipsSent = (rig: Rig) => rig.sent.filter((bytes) => bytes[0] === 0x1b).length;
const wasCleared = (rig: Rig, from = 0) => rig.sent.slice(from).some((bytes) => bytes[1] === 0x14);

describe('status', () => {
  const well = status.well[0]!;
  test.each([
    ['well', well, well, well, {}],
    ['cover', status.coverOpen2[0]!, well, well, { fault: { code: 'head-open' } }],
    ['paper end, off line', status.paperEnd2[0]!, well, well, { fault: { code: 'paper-out' } }],
    ['paper end, sensor', well, status.paperEnd4[0]!, well, { fault: { code: 'paper-out' } }],
    ['near end', well, status.paperNearEnd4[0]!, well, { warning: { code: 'supplies-low', detail: 'paper' } }],
    ['cutter', status.error2[0]!, well, status.cutter3[0]!, { fault: { code: 'cutter-jam' } }],
    ['hot', status.error2[0]!, well, status.hot3[0]!, { fault: { code: 'head-too-hot' } }],
    [
      'other',
      status.error2[0]!,
      well,
      status.unrecoverable3[0]!,
      { fault: { code: 'printer-error', detail: 'DLE EOT 3 32' } },
    ],
  ] as const)('%s', (_, offline, paper, error, health) => expect(healthOf(offline, paper, error)).toEqual(health));

  test('what a person does to the printer is told', () => {
    const rig = started();
    const acts: [string, unknown, string][] = [
      ['lid', { open: true }, 'head-open'],
      ['lid', { open: false }, 'ready'],
      ['paper', { labels: 5 }, 'supplies-low'],
      ['paper', { labels: 0 }, 'paper-out'],
      ['paper', {}, 'ready'],
      ['cutter', { jammed: true }, 'cutter-jam'],
      ['cutter', { jammed: false }, 'ready'],
      ['heat', { hot: true }, 'head-too-hot'],
      ['heat', { hot: false }, 'ready'],
      ['jam', { jammed: true }, 'printer-error'],
      ['jam', { jammed: false }, 'ready'],
    ];
    for (const [action, args, code] of acts) {
      rig.act(action, args);
      expect(rig.cycle()).toBeUndefined();
      expect(conditionsOf(rig).at(-1)?.code ?? 'ready').toBe(code);
    }
    rig.act('behave', { neverAnswers: true });
    expect(rig.cycle()).toMatchObject({ code: 'no-reply' });
  });

  test('identification: by GS I, without it, with the lid open, and not at all', () => {
    expect(identify(start())).toEqual({ identity: { model: 'TM-T88V' } });
    expect(identify(start({ model: '' }))).toEqual({ identity: {} });
    const open = start();
    open.act('lid', { open: true });
    expect(identify(open)).toEqual({ identity: {} });
    expect(conditionsOf(open)).toEqual([{ code: 'head-open' }]);
    expect(identify(start({ behaviour: { neverAnswers: true } }))).toMatchObject({ fault: { code: 'no-reply' } });
  });
});

describe('a slip', () => {
  test('is done when the printer sends its number back, and not before', () => {
    const rig = started();
    expect(print(rig, { copies: 3 })).toEqual({ outcome: 'done', proof: 'acknowledged' });
    expect(rig.device.state()).toMatchObject({ printedTotal: 3, labelsWaiting: 0, partialSlip: false });
    expect(slipsSent(rig)).toBe(1);
  });

  test('of a printer that knows no acknowledgement is printed_unconfirmed; the next is not waited for as long', () => {
    const rig = started({ acknowledges: false });
    const unconfirmed = { outcome: 'printed_unconfirmed', fault: { code: 'print-unproven' } };
    const began = rig.clock.monotonicMs();
    expect(print(rig)).toEqual(unconfirmed);
    const first = rig.clock.monotonicMs() - began;
    expect(print(rig)).toEqual(unconfirmed);
    expect(rig.clock.monotonicMs() - began - first).toBeLessThan(first / 2);
    expect(rig.device.state()).toMatchObject({ printedTotal: 2 });
  });

  test('with acknowledge: off neither GS ( H nor the clearing is ever sent', () => {
    const rig = started({}, { acknowledge: 'off' });
    expect(print(rig)).toMatchObject({ outcome: 'printed_unconfirmed' });
    expect(wasCleared(rig)).toBe(false);
    expect(rig.sent.every((bytes) => !Buffer.from(bytes).includes('\x1d(H'))).toBe(true);
  });

  test('once acknowledged, silence about the next is no success', () => {
    const rig = started();
    print(rig);
    rig.act('behave', { labelMs: 60_000 });
    const sent = rig.sent.length;
    expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'print-unproven' } });
    expect(wasCleared(rig, sent)).toBe(true);
  });

  test.each([
    ['paper', { labels: 0 }, 'paper-out'],
    ['lid', { open: true }, 'head-open'],
    ['cutter', { jammed: true }, 'cutter-jam'],
  ])('%s wrong before it: failed, and no byte of it was sent', (action, args, code) => {
    const rig = started();
    rig.act(action, args);
    expect(print(rig)).toEqual({ outcome: 'failed', fault: { code } });
    expect(slipsSent(rig)).toBe(0);
  });

  test('paper out in mid-job: unknown, and with new paper nothing comes out by itself', () => {
    const rig = started();
    rig.act('paper', { labels: 1 });
    expect(print(rig, { copies: 3 })).toEqual({ outcome: 'unknown', fault: { code: 'paper-out' } });
    rig.act('paper', {});
    rig.idle(60_000);
    expect(rig.device.state()).toMatchObject({ printedTotal: 1, labelsWaiting: 0 });
    expect(print(rig)).toMatchObject({ outcome: 'done' });
  });

  test('silence in mid-job: unknown', () => {
    const rig = started({ behaviour: { labelMs: 60_000 } });
    rig.clock.after(300, () => rig.act('behave', { neverAnswers: true, labelMs: 60_000 }));
    expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'no-reply' } });
  });

  test('what an earlier connection left half sent is not printed with it', () => {
    const rig = started();
    rig.device.receive(Buffer.from('somebody\nhalf\x1dkI\x20{Bcut'));
    expect(rig.device.state()).toMatchObject({ partialSlip: true });
    expect(print(rig)).toMatchObject({ outcome: 'done' });
    expect(JSON.stringify(rig.device.state())).not.toMatch(/somebody|half/);
  });

  test('the same job id again is answered with the first result', () => {
    const rig = started();
    print(rig, { jobId: 'twice' });
    const sent = rig.sent.length;
    expect(print(rig, { jobId: 'twice' })).toMatchObject({ outcome: 'done', repeated: true });
    expect(rig.sent).toHaveLength(sent);
  });

  test.each([1, 300, 900])('the link dies %i ms after the job began', (ms) => {
    const rig = started({ behaviour: { labelMs: 5_000 } });
    print(rig);
    const before = slipsSent(rig);
    rig.clock.after(ms, () => rig.unplug());
    expect(print(rig)).toEqual({
      outcome: slipsSent(rig) === before ? 'failed' : 'unknown',
      fault: { code: 'link-lost' },
    });
    expect(rig.device.state()).toMatchObject({ labelsWaiting: 0 });
  });
});

describe('what stands on a slip', () => {
  test('Chinese is GBK, also beyond GB 2312; the printer reads what was written', () => {
    const rig = started();
    expect(print(rig, { label: '王小喆 镕\n' })).toMatchObject({ outcome: 'done' });
    expect(printedBy(rig).at(-1)).toContain('王小喆 镕\n');
  });

  test.each([
    ['\x1b@', 'character 1 begins no command of a slip'],
    ['张三\x10\x04\x02', 'character 3 begins no command of a slip'],
    ['a\x1dV\x00', 'character 2 begins no command of a slip'],
    ['a\x1bp\x00\x19\x19', 'character 2 begins no command of a slip'],
    ['a\x1ba', 'character 2 begins no command of a slip'],
    ['a\x1dkI\x05{B1', 'character 2 begins no command of a slip'],
    ['a\x1dkI\x04{B\x10\x04', 'character 2 begins no command of a slip'],
    ['a\x1b!\x30', 'character 2 begins no command of a slip'],
    [' \n', 'empty'],
  ])('%j is refused: %s', (text, detail) => {
    const rig = started();
    const sent = rig.sent.length;
    expect(print(rig, { label: text })).toEqual({ outcome: 'failed', fault: { code: 'label-invalid', detail } });
    expect(rig.sent).toHaveLength(sent);
  });

  test.each([
    ['gbk', '王小喆 Señor', '王小喆 Senor', 1],
    ['gbk', '𬱖㛃·好😀', '〓〓·好〓', 3],
    ['gb2312', '王小喆', '王小〓', 1],
  ] as const)('%s: %s is printed as %s', (codePage, text, printed, substituted) => {
    const rig = started({}, { codePage });
    expect(print(rig, { label: `${text}\n` })).toEqual({ outcome: 'done', proof: 'acknowledged', substituted });
    expect(printedBy(rig).at(-1)).toContain(`${printed}\n`);
  });

  test('marks that stand after the parameter of a command do not change it', () => {
    const rig = started();
    print(rig, { label: '\x1dhe\u0301好\n' });
    expect(printedBy(rig).at(-1)).toContain('\x1dhe好\n');
  });

  test('a line cannot hold a command, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (text) => {
        const bytes = bytesOf(slipBytes({ jobId: 'a', label: `.${withoutControls(text)}\n` }, 'gbk'));
        expect(bytes.subarray(4, -5).every((byte) => byte >= 0x20 || byte === 0x0a)).toBe(true);
      }),
    );
  });

  test('a hostile title prints one slip of text', () => {
    const rig = started();
    const hostile = '\x10\x04\x01\x1dV\x00\x1b@\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08';
    const text = testLabel({ title: hostile, lines: [hostile], code: '{C{1' });
    expect(print(rig, { label: text })).toMatchObject({ outcome: 'done' });
    expect(rig.device.state()).toMatchObject({ printedTotal: 1 });
    expect(() => testLabel({ title: '', lines: [], code: '张三' })).toThrow(/^code: must be/);
  });
});
