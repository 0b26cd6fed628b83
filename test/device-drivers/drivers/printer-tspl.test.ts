import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  jobBytes,
  longStatusOf,
  printerTspl,
  shortStatusOf,
  testLabel,
} from '../../../device-drivers/drivers/printer-tspl.ts';
import { tsplText } from '../../../device-drivers/wire/label-text.ts';
import { printerTspl as printer } from '../../../simulators/devices/printer-tspl.ts';
import type { Rig } from '../../support/converse.ts';
import { gb2312 } from '../../support/gb2312.ts';
import { bytesOf, conditionsOf, identify, printedBy, printerRig, textsSent } from '../../support/printer-rig.ts';
import { long, short, zhangSanHex } from '../../vectors/printer-tspl.ts';

const label = testLabel({ title: '核酸采样管', lines: ['10:1'], code: 'T20261122000123' });

const { start, started, print } = printerRig(printerTspl, printer, label);
const labelsSent = (rig: Rig) => textsSent(rig).filter((text) => text.includes('PRINT')).length;

describe('status', () => {
  test.each([
    ['ready', undefined, false],
    ['headOpen', 'head-open', false],
    ['paperOut', 'paper-out', false],
    ['paperOutHeadOpen', 'head-open', false],
    ['ribbonOut', 'ribbon-out', false],
    ['ribbonAndPaperOut', 'paper-out', false],
    ['allThree', 'head-open', false],
    ['paused', 'printer-paused', false],
    ['printing', undefined, true],
    ['paperRanOutWhilePrinting', 'paper-out', true],
    ['gprinterCover', 'head-open', false],
    ['other', 'printer-error', false],
  ] as const)('ESC !? %s', (name, code, busy) => {
    const status = shortStatusOf(short[name][0]!);
    expect([status.fault?.code, status.busy]).toEqual([code, busy]);
  });

  test.each([
    ['ready', undefined],
    ['printing', undefined],
    ['paperEmpty', 'paper-out'],
    ['headOpen', 'head-open'],
    ['paused', 'printer-paused'],
  ] as const)('ESC !S %s', (name, code) => {
    const [, ...bytes] = long[name].subarray(0, 5);
    const status = longStatusOf(bytes as unknown as [number, number, number, number]);
    expect([status.fault?.code, status.busy]).toEqual([code, name !== 'ready']);
  });

  test('ESC !S: every warning and error has a code; none counts as ready', () => {
    const of = (...bytes: [number, number, number, number]) => longStatusOf(bytes);
    expect(of(0x40, 0x41, 0x40, 0x40)).toEqual({ busy: false, warning: { code: 'supplies-low', detail: 'labels' } });
    expect(of(0x40, 0x42, 0x40, 0x40).warning).toEqual({ code: 'supplies-low', detail: 'ribbon' });
    expect(of(0x40, 0x48, 0x40, 0x40).fault).toEqual({ code: 'printer-error', detail: 'receive buffer full' });
    const hardware = [0x41, 0x42, 0x44, 0x48, 0x50].map((byte) => of(0x45, 0x40, byte, 0x40).fault?.code);
    expect(hardware).toEqual(['head-too-hot', 'head-too-hot', 'printer-error', 'cutter-jam', 'printer-error']);
    const media = [0x42, 0x44, 0x48].map((byte) => of(0x45, 0x40, 0x40, byte).fault?.code);
    expect(media).toEqual(['paper-jam', 'ribbon-out', 'printer-error']);
    expect(of(0x45, 0x40, 0x40, 0x40).fault).toEqual({ code: 'printer-error', detail: 'ESC !S 45' });
    expect(of(0x4b, 0x40, 0x40, 0x40).fault?.code).toBe('printer-paused');
    for (const step of 'BCFLPW') expect(of(step.charCodeAt(0), 0x40, 0x40, 0x40)).toEqual({ busy: true });
  });

  test.each([true, false])('what a person does to the printer is told, long status %s', (longStatus) => {
    const rig = started({ longStatus });
    const acts: [string, unknown, string][] = [
      ['lid', { open: true }, 'head-open'],
      ['lid', { open: false }, 'ready'],
      ['paper', { labels: 0 }, 'paper-out'],
      ['paper', {}, 'ready'],
      ['ribbon', { out: true }, 'ribbon-out'],
      ['ribbon', { out: false }, 'ready'],
      ['jam', { jammed: true }, 'paper-jam'],
      ['jam', { jammed: false }, 'ready'],
      ['pause', {}, 'printer-paused'],
      ['pause', {}, 'ready'],
      ['heat', { hot: true }, longStatus ? 'head-too-hot' : 'printer-error'],
      ['heat', { hot: false }, 'ready'],
      ['cutter', { jammed: true }, longStatus ? 'cutter-jam' : 'printer-error'],
      ['cutter', { jammed: false }, 'ready'],
      ...(longStatus ? ([['paper', { labels: 5 }, 'supplies-low']] as [string, unknown, string][]) : []),
    ];
    for (const [action, args, code] of acts) {
      rig.act(action, args);
      expect(rig.cycle()).toBeUndefined();
      expect(conditionsOf(rig).at(-1)?.code ?? 'ready').toBe(code);
    }
  });

  test('a printer that falls silent is gone', () => {
    const rig = started();
    rig.act('behave', { neverAnswers: true });
    expect(rig.cycle()).toMatchObject({ code: 'no-reply' });
  });

  test('half a long status is none', () => {
    const rig = started();
    rig.act('behave', { cutReply: true });
    expect(rig.cycle()).toMatchObject({ code: 'no-reply' });
  });
});

describe('identification', () => {
  test('by the long status and ~!T; by one byte where there is no long status', () => {
    expect(identify(start())).toEqual({ identity: { model: 'TE210' } });
    expect(identify(start({ longStatus: false }))).toEqual({ identity: { model: 'TE210' } });
    const rig = start({}, { status: 'short' });
    expect(identify(rig)).toEqual({ identity: { model: 'TE210' } });
    expect(textsSent(rig)).not.toContain('\x1b!S');
  });

  test('a printer in fault answers no ~ command, is identified all the same, and its fault is known', () => {
    const rig = start();
    rig.act('lid', { open: true });
    expect(identify(rig)).toEqual({ identity: {} });
    expect(conditionsOf(rig)).toEqual([{ code: 'head-open' }]);
  });

  test('one to whom somebody forbade ESC commands, in mid-line, is woken', () => {
    const rig = start();
    rig.device.receive(Buffer.from('\x1b!DTEXT 10,10,"2",0,1,1,"somebody'));
    expect(identify(rig)).toEqual({ identity: { model: 'TE210' } });
  });

  test('silence is a fault; a loop plug is another device', () => {
    expect(identify(start({ behaviour: { neverAnswers: true } }))).toMatchObject({ fault: { code: 'no-reply' } });
    expect(identify(start({ behaviour: { echoes: true } }))).toMatchObject({ fault: { code: 'wrong-device' } });
  });
});

describe('a print', () => {
  test.each([true, false])('is done when it was seen printing and is ready again, long status %s', (longStatus) => {
    const rig = started({ longStatus });
    expect(print(rig)).toEqual({ outcome: 'done', proof: 'seen-printing' });
    expect(rig.device.state()).toMatchObject({ printedTotal: 1, labelsWaiting: 0 });
  });

  test('of five copies leaves five labels, is sent once, and is not done before', () => {
    const rig = started();
    expect(print(rig, { copies: 5 })).toMatchObject({ outcome: 'done' });
    expect(rig.device.state()).toMatchObject({ printedTotal: 5, labelsWaiting: 0 });
    expect(labelsSent(rig)).toBe(1);
  });

  test.each([
    ['a label that is through before it is looked at', { hidesPrinting: true }, 1],
    ['a parser that hangs', { hungParser: true }, 0],
  ])('%s: printed_unconfirmed, and it is no proof', (_, behaviour, printed) => {
    const rig = started({ behaviour });
    expect(print(rig)).toEqual({ outcome: 'printed_unconfirmed', fault: { code: 'print-unproven' } });
    expect(rig.device.state()).toMatchObject({ printedTotal: printed });
  });

  test.each([
    ['paper', { labels: 0 }, 'paper-out'],
    ['lid', { open: true }, 'head-open'],
    ['ribbon', { out: true }, 'ribbon-out'],
    ['jam', { jammed: true }, 'paper-jam'],
    ['pause', {}, 'printer-paused'],
  ])('%s wrong before it: failed, and no byte of the label was sent', (action, args, code) => {
    for (const longStatus of [true, false]) {
      const rig = started({ longStatus });
      rig.act(action, args);
      expect(print(rig)).toEqual({ outcome: 'failed', fault: { code } });
      expect(labelsSent(rig)).toBe(0);
    }
  });

  test('paper out in mid-job: unknown, the rest is cancelled, nothing comes out with new paper', () => {
    const rig = started();
    rig.act('paper', { labels: 2 });
    expect(print(rig, { copies: 3 })).toEqual({ outcome: 'unknown', fault: { code: 'paper-out' } });
    rig.act('paper');
    rig.idle(60_000);
    expect(rig.device.state()).toMatchObject({ printedTotal: 2, labelsWaiting: 0 });
    expect(print(rig)).toMatchObject({ outcome: 'done' });
  });

  test('lid opened in mid-label: unknown, and the label is not printed again, though reprinting was on', () => {
    const rig = started({ behaviour: { labelMs: 2_000 } });
    rig.device.receive(Buffer.from('SET REPRINT ON\r\n'));
    rig.clock.after(1_000, () => rig.act('lid', { open: true }));
    expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'head-open' } });
    rig.act('lid', { open: false });
    rig.idle(60_000);
    expect(rig.device.state()).toMatchObject({ printedTotal: 0, spoiled: 1, labelsWaiting: 0 });
  });

  test('too slow for its deadline: unknown, and the rest does not come out later', () => {
    const rig = started({ behaviour: { labelMs: 30_000 } });
    expect(print(rig, { copies: 2 })).toEqual({ outcome: 'unknown', fault: { code: 'print-unproven' } });
    rig.idle(300_000);
    expect(rig.device.state()).toMatchObject({ printedTotal: 1, labelsWaiting: 0 });
  });

  test('silent in mid-job: unknown, and told to forget the label', () => {
    const rig = started({ behaviour: { labelMs: 60_000 } });
    rig.clock.after(500, () => rig.act('behave', { neverAnswers: true, labelMs: 60_000 }));
    expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'no-reply' } });
    expect(textsSent(rig).at(-1)).toBe('\x1b!.');
  });

  test('what an earlier connection left is not printed: a drawing, half a line, labels that wait', () => {
    const rig = start({ behaviour: { labelMs: 10 } });
    rig.act('pause');
    rig.device.receive(Buffer.from('CLS\r\nTEXT 1,1,"2",0,1,1,"somebody"\r\nPRINT 5\r\nTEXT 1,1,"2",0,1,1,"half'));
    expect(rig.device.state()).toMatchObject({ labelsWaiting: 5, partialLine: true });
    identify(rig);
    expect(print(rig)).toMatchObject({ outcome: 'failed', fault: { code: 'printer-paused' } });
    expect(rig.device.state()).toMatchObject({ labelsWaiting: 0 });
    rig.act('pause');
    rig.idle(10_000);
    expect(print(rig)).toMatchObject({ outcome: expect.stringMatching(/done|printed_unconfirmed/) });
    expect(JSON.stringify(rig.device.state())).not.toMatch(/somebody|half/);
    expect(rig.device.state()).toMatchObject({ printedTotal: 1 });
  });

  test('a label that still moves is waited for, and one that never ends is no place for another', () => {
    const rig = started({ behaviour: { labelMs: 1_500 } });
    rig.device.receive(Buffer.from('CLS\r\nPRINT 3\r\n'));
    expect(print(rig)).toMatchObject({ outcome: 'done' });
    expect(rig.device.state()).toMatchObject({ printedTotal: 2 });
    rig.act('behave', { labelMs: 60_000 });
    rig.device.receive(Buffer.from('CLS\r\nPRINT 1\r\n'));
    expect(print(rig)).toEqual({ outcome: 'failed', fault: { code: 'printer-not-empty' } });
  });

  test('a look that is answered too late does not speak for the next job', () => {
    const rig = started({ longStatus: false }, { replyWithinMs: 100 });
    rig.act('behave', { replyAfterMs: 150, labelMs: 60_000 });
    rig.cycle();
    rig.act('behave', { labelMs: 60_000 });
    rig.clock.after(200, () => rig.act('lid', { open: true }));
    expect(print(rig)).toMatchObject({ fault: { code: 'head-open' } });
  });

  test('the same job id again is answered with the first result, and nothing is sent', () => {
    const rig = started();
    print(rig, { jobId: 'twice' });
    const sent = rig.sent.length;
    expect(print(rig, { jobId: 'twice' })).toEqual({ outcome: 'done', proof: 'seen-printing', repeated: true });
    expect(rig.sent).toHaveLength(sent);
  });

  test.each([0, 100, 400, 700])('the link dies %i ms after the job began', (ms) => {
    const rig = started({ behaviour: { labelMs: 5_000 } });
    rig.clock.after(ms, () => rig.unplug());
    if (ms === 0) rig.clock.advance(0);
    const { outcome, fault } = print(rig);
    expect(fault).toEqual({ code: 'link-lost' });
    expect(outcome).toBe(labelsSent(rig) === 0 ? 'failed' : 'unknown');
    expect(rig.device.state()).toMatchObject({ labelsWaiting: 0 });
  });
});

describe('what goes on a label', () => {
  test('Chinese goes out in GBK', () => {
    const bytes = bytesOf(jobBytes({ jobId: 'a', label: 'CLS\r\nTEXT 16,150,"TSS24.BF2",0,1,1,"张三 男"' }, 'gb2312'));
    expect(bytes.toString('hex')).toContain(`22${zhangSanHex}22`);
    expect(bytes.toString('latin1')).toMatch(/\r\nPRINT 1,1\r\n$/);
  });

  test('all of GB 2312 passes, and what the printer has read is what was written', () => {
    const rig = started();
    for (let at = 0; at < gb2312.length; at += 2_000) {
      const text = gb2312.slice(at, at + 2_000).join('');
      expect(print(rig, { label: `CLS\r\nTEXT 1,1,"TSS24.BF2",0,1,1,"${text}"` })).toEqual({
        outcome: 'done',
        proof: 'seen-printing',
      });
      expect(printedBy(rig).at(-1)).toContain(`"${text}"`);
    }
  });

  test.each([
    ['gb2312', '王小喆', '王小〓', 1],
    ['gb2312', '𬱖㛃·买买提', '〓〓·买买提', 2],
    ['gb2312', '1€\ue000', '1〓〓', 2],
    ['gbk', '王小喆', '王小喆', 0],
    // In GBK their second bytes are a backslash and a tilde.
    ['gbk', '乗亊', '〓〓', 2],
  ] as const)('%s: %s is printed as %s', (codePage, text, printed, substituted) => {
    const rig = started({}, { codePage });
    const result = print(rig, { label: `CLS\r\nTEXT 1,1,"TSS24.BF2",0,1,1,"${text}"` });
    expect(result).toEqual({ outcome: 'done', proof: 'seen-printing', ...(substituted > 0 && { substituted }) });
    expect(printedBy(rig).at(-1)).toContain(`"${printed}"`);
  });

  test('in GBK no second byte can be a command', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const bytes = bytesOf(jobBytes({ jobId: 'a', label: `CLS\r\nTEXT 1,1,"2",0,1,1,"${tsplText(text)}"` }, 'gbk'));
        const ascii = text.replace(/[^\x00-\x7f]/g, '');
        const count = (within: string, byte: string) => within.split(byte).length;
        expect(count(bytes.toString('latin1'), '~')).toBe(count(ascii, '~'));
        expect(count(bytes.toString('latin1'), '"')).toBe(count(tsplText(ascii), '"') + 4);
      }),
    );
  });

  test('a string cannot end itself or its line, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 60 }), (text) => {
        const label = `CLS\r\nTEXT 1,1,"2",0,1,1,"${tsplText(text)}"`;
        expect(
          bytesOf(jobBytes({ jobId: 'a', label }, 'gb2312'))
            .toString('latin1')
            .split('\r\n'),
        ).toHaveLength(5);
      }),
    );
  });

  test('a hostile title is printed as text, on one label', () => {
    const rig = started();
    const hostile = '"\r\nPRINT 99\r\nKILL "*"\r\n\x1b!R~!D';
    expect(print(rig, { label: testLabel({ title: hostile, lines: [hostile], code: '"PRINT 9' }) })).toMatchObject({
      outcome: 'done',
    });
    expect(rig.device.state()).toMatchObject({ printedTotal: 1, partialLine: false });
  });

  test.each([
    ['', 'line 1: no drawing command'],
    ['hello', 'line 1: no drawing command'],
    ['CLS\r\nPRINT 5', 'line 2: no drawing command'],
    ['CLS\r\n\r\nBAR 1,1,1,1', 'line 2: no drawing command'],
    ['CLS\r\nBAR 1,1,1,1\x1b!R', 'line 2: a control character'],
    ['CLS\r\nTEXT 1,1,"2",0,1,1,"a', 'line 2: a quote is open'],
    ['BAR 1,1,1,1', 'not exactly one CLS'],
    ['CLS\r\nCLS', 'not exactly one CLS'],
  ])('%j is no label: %s', (text, detail) => {
    const rig = start();
    expect(print(rig, { label: text })).toEqual({ outcome: 'failed', fault: { code: 'label-invalid', detail } });
    expect(rig.sent).toEqual([]);
  });

  test.each([0, -1, 1.5, 101, Number.NaN])('%d copies are none', (copies) => {
    expect(print(start(), { copies })).toMatchObject({ outcome: 'failed', fault: { code: 'label-invalid' } });
  });

  test('a code that no barcode can carry is refused without repeating it', () => {
    expect(() => testLabel({ title: '', lines: [], code: '张三' })).toThrow(/^code: must be/);
  });
});
