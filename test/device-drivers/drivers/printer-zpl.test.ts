import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hostErrorsOf, jobBytes, printerZpl, testLabel } from '../../../device-drivers/drivers/printer-zpl.ts';
import { defineSimulator, type Simulator } from '../../../simulators/device.ts';
import { printerZpl as printer } from '../../../simulators/devices/printer-zpl.ts';
import { connect, type Rig } from '../../support/converse.ts';
import { gb2312 } from '../../support/gb2312.ts';
import { bytesOf, conditionsOf, identify, printedBy, printerRig, textsSent } from '../../support/printer-rig.ts';
import { hqes, hs } from '../../vectors/printer-zpl.ts';

const label = testLabel({ title: '核酸采样管', lines: ['10:1'], code: 'T20261122000123' });

const { start, print } = printerRig(printerZpl, printer, label);
const labelsSent = (rig: Rig) => textsSent(rig).filter((text) => text.startsWith('^XA')).length;

/** A printer that answers each question from a list, in turn; the last answer stays. */
function script(answers: Record<string, readonly string[]>): Simulator {
  return defineSimulator({
    name: 'script',
    describe: 'answers from a list',
    wires: ['pty'],
    baudRate: 9600,
    options: z.object({}),
    create(_, { send }) {
      const left = new Map(Object.entries(answers).map(([question, list]) => [question, [...list]]));
      const receive = (chunk: Uint8Array) => {
        const list = left.get(Buffer.from(chunk).toString());
        const answer = list && (list.length > 1 ? list.shift() : list[0]);
        if (answer) send(Buffer.from(answer, 'latin1'));
      };
      return { receive, actions: new Map(), state: () => ({}), power: () => {}, stop: () => {} };
    },
  });
}
const scripted = (answers: Record<string, readonly string[]>, options: unknown = { odometer: 'off' }) =>
  connect({ driver: printerZpl, options, simulator: script(answers) });

describe('identification', () => {
  test('by ~HI and ~HS', () => {
    const rig = start();
    expect(identify(rig)).toEqual({
      identity: { model: 'ZTC ZD420-203dpi ZPL', firmware: 'V84.20.18Z' },
    });
  });

  test('a printer that falls silent on ~HS in fault is found by ~HQES, and its fault is known before it is ready', () => {
    const rig = start({ behaviour: { muteStatusInFault: true } });
    rig.act('paper', { labels: 0 });
    expect(identify(rig)).toHaveProperty('identity');
    expect(conditionsOf(rig)).toEqual([{ code: 'paper-out' }]);
  });

  test('silence is a fault, unless the printer may be silent', () => {
    const silent = { behaviour: { neverAnswers: true } };
    const required = start(silent);
    expect(identify(required)).toMatchObject({ fault: { code: 'no-reply' } });
    const optional = start(silent, { status: 'if-answered' });
    expect(identify(optional)).toEqual({ identity: {} });
  });

  test('what answers otherwise is another device, and none of its text is repeated', () => {
    const rig = scripted({ '~HI': ['\x02hello 410199\x03'] });
    const result = identify(rig);
    expect(result).toMatchObject({ fault: { code: 'wrong-device' } });
    expect(JSON.stringify(result)).not.toContain('410199');
  });
});

describe('status', () => {
  test.each([
    ['paperOut', 'paper-out'],
    ['headOpen', 'head-open'],
    ['ribbonOut', 'ribbon-out'],
  ] as const)('%s of the golden answers is the condition %s, told once, and over with the idle one', (golden, code) => {
    const rig = scripted({ '~HS': [hs[golden], hs[golden], hs.idle, hs.idle] });
    for (let turn = 0; turn < 4; turn++) expect(rig.cycle()).toBeUndefined();
    expect(conditionsOf(rig)).toEqual([{ code }, null]);
  });

  test('fields of string 1: full buffer, lost memory, cold and hot head', () => {
    const one = (fields: string) => hs.idle.replace('030,0,0,0240,000,0,0,0,000,0,0,0', fields);
    const rig = scripted({
      '~HS': [
        one('030,0,0,0240,000,1,0,0,000,0,0,0'),
        one('030,0,0,0240,000,0,0,0,000,1,0,0'),
        one('030,0,0,0240,000,0,0,0,000,0,1,0'),
        one('030,0,0,0240,000,0,0,0,000,0,0,1'),
        one('030,0,1,0240,000,0,0,0,000,0,0,0'),
      ],
    });
    for (let turn = 0; turn < 5; turn++) rig.cycle();
    expect(conditionsOf(rig).map((condition) => condition?.code)).toEqual([
      'printer-error',
      'printer-error',
      'head-too-cold',
      'head-too-hot',
      'printer-paused',
    ]);
  });

  test('~HQES: the golden answer, no error, unknown bits, and what is no answer', () => {
    const errors = (text: string) =>
      hqes.none.replace('ERRORS:         0 00000000 00000000', `ERRORS:         ${text}`);
    expect(hostErrorsOf(hqes.headOpenPaused)).toEqual({ code: 'head-open' });
    expect(hostErrorsOf(hqes.none)).toBeNull();
    expect(hostErrorsOf(errors('1 00000000 00010000'))).toEqual({ code: 'printer-paused' });
    expect(hostErrorsOf(errors('1 00000000 00001000'))).toEqual({
      code: 'printer-error',
      detail: '~HQES 00000000 00001000',
    });
    expect(hostErrorsOf(errors('1 00000001 00000000'))?.code).toBe('printer-error');
    expect(hostErrorsOf(errors('1 00000000 00000000'))?.code).toBe('printer-error');
    expect(hostErrorsOf('ERRORS: none')).toBeUndefined();
  });

  test('late strings, no last CR LF, noise between: still one answer', () => {
    const rig = start({ behaviour: { stringGapMs: 325, missingFinalCrlf: true } });
    expect(rig.cycle()).toBeUndefined();
    expect([...rig.discarded]).toEqual([]);
    const noisy = scripted({ '~HS': [hs.idle.replaceAll('\x02', 'noise\x02')] });
    expect(noisy.cycle()).toBeUndefined();
    expect(noisy.discarded.get('noise')).toBe(15);
  });

  test('half an answer is none: the printer is gone', () => {
    const rig = start({ behaviour: { cutReply: true } });
    expect(rig.cycle()).toMatchObject({ code: 'no-reply' });
  });

  test('two answers at once do not shift the next one', () => {
    const rig = scripted({ '~HS': [hs.idle + hs.paperOut, hs.idle] });
    rig.cycle();
    rig.cycle();
    expect(conditionsOf(rig)).toEqual([]);
  });
});

describe('a print', () => {
  test('is proved by the odometer where there is one, by the empty queue where there is none', () => {
    expect(print(start())).toEqual({ outcome: 'done', proof: 'odometer' });
    expect(print(start({ odometer: 'unsupported' }))).toEqual({ outcome: 'done', proof: 'queue-empty' });
    expect(print(start({ odometer: 'silent' }))).toEqual({ outcome: 'done', proof: 'queue-empty' });
  });

  test('of five copies leaves five labels, and is not done before', () => {
    const rig = start();
    expect(print(rig, { copies: 5 })).toEqual({ outcome: 'done', proof: 'odometer' });
    expect(rig.device.state()).toMatchObject({ printedTotal: 5, labelsWaiting: 0 });
    expect(labelsSent(rig)).toBe(1);
  });

  test.each([
    ['paper', { labels: 0 }, 'paper-out'],
    ['lid', { open: true }, 'head-open'],
    ['ribbon', { out: true }, 'ribbon-out'],
    ['pause', {}, 'printer-paused'],
  ])('%s wrong before it: failed, and no byte of the label was sent', (action, args, code) => {
    for (const muteStatusInFault of [false, true]) {
      const rig = start({ behaviour: { muteStatusInFault } });
      identify(rig);
      rig.act(action, args);
      expect(print(rig)).toMatchObject({ outcome: 'failed', fault: { code } });
      expect(labelsSent(rig)).toBe(0);
    }
  });

  test.each([false, true])(
    'paper out in mid-job (duplicates after error: %s): unknown, and never a label too many',
    (duplicateAfterError) => {
      const rig = start({ behaviour: { duplicateAfterError } });
      rig.act('paper', { labels: 2 });
      expect(print(rig, { copies: 3 })).toEqual({ outcome: 'unknown', fault: { code: 'paper-out' } });
      rig.act('paper');
      rig.idle(60_000);
      expect(rig.device.state()).toMatchObject({ printedTotal: 2, labelsWaiting: 0 });
      expect(print(rig)).toMatchObject({ outcome: 'done' });
      expect(rig.device.state()).toMatchObject({ printedTotal: 3 });
    },
  );

  test.each([false, true])(
    'lid opened in mid-label (mute in fault: %s): unknown, the label is not printed again',
    (muteStatusInFault) => {
      const rig = start({ behaviour: { muteStatusInFault, labelMs: 2_000 } });
      identify(rig);
      rig.clock.after(1_000, () => rig.act('lid', { open: true }));
      expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'head-open' } });
      rig.act('lid', { open: false });
      rig.idle(60_000);
      expect(rig.device.state()).toMatchObject({ printedTotal: 0, spoiled: 1, labelsWaiting: 0 });
    },
  );

  test('a printer too slow for its deadline: unknown, and the rest does not come out later', () => {
    const rig = start({ behaviour: { labelMs: 30_000 } });
    expect(print(rig, { copies: 2 })).toMatchObject({ outcome: 'unknown', fault: { code: 'print-unproven' } });
    rig.idle(300_000);
    expect(rig.device.state()).toMatchObject({ printedTotal: 1, labelsWaiting: 0 });
  });

  test('a printer that falls silent in mid-job: unknown, and told to forget the label', () => {
    const rig = start({ behaviour: { labelMs: 60_000 } });
    identify(rig);
    rig.clock.after(500, () => rig.act('behave', { neverAnswers: true, labelMs: 60_000 }));
    expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'no-reply' } });
    expect(textsSent(rig).at(-1)).toBe('~JA');
  });

  test('an odometer that does not count it: unknown', () => {
    const rig = scripted(
      { '~HS': [hs.idle], '! U1 getvar "odometer.total_label_count"\r\n': ['"7"'] },
      { odometer: 'auto' },
    );
    expect(print(rig)).toEqual({
      outcome: 'unknown',
      fault: { code: 'print-unproven', detail: 'odometer counts 0 of 1' },
    });
  });

  test('the same job id again is answered with the first result, and nothing is sent', () => {
    const rig = start();
    print(rig, { jobId: 'twice' });
    const sent = rig.sent.length;
    expect(print(rig, { jobId: 'twice' })).toEqual({ outcome: 'done', proof: 'odometer', repeated: true });
    expect(rig.sent).toHaveLength(sent);
    expect(rig.device.state()).toMatchObject({ printedTotal: 1 });
  });

  test('a label an earlier connection left half sent or waiting is cancelled first', () => {
    const rig = start({ behaviour: { labelMs: 10 } });
    rig.act('pause');
    rig.device.receive(Buffer.from('^XA^FDsomebody else^FS^XZ^XA^FDhalf'));
    rig.act('lid', { open: true });
    rig.act('pause');
    expect(rig.device.state()).toMatchObject({ labelsWaiting: 1, partialFormat: true });
    expect(print(rig)).toMatchObject({ outcome: 'failed', fault: { code: 'head-open' } });
    rig.act('lid', { open: false });
    expect(print(rig)).toMatchObject({ outcome: 'done' });
    expect(JSON.stringify(rig.device.state())).not.toMatch(/somebody|half/);
  });

  test('a queue that cannot be emptied: failed, nothing sent', () => {
    const rig = scripted({ '~HS': [hs.printing] });
    expect(print(rig)).toEqual({ outcome: 'failed', fault: { code: 'printer-not-empty' } });
    expect(labelsSent(rig)).toBe(0);
  });

  test('an idle answer from before the label proves nothing', () => {
    // The answer to the cycle's question comes when nobody waits for it any more, so every answer is one too old.
    const rig = scripted(
      { '~HS': ['', hs.idle, hs.idle, hs.idle, hs.paperOut], '~HQES': [''] },
      { odometer: 'off', status: 'if-answered', statusEveryMs: 500 },
    );
    rig.cycle();
    rig.idle(1_000);
    expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'paper-out' } });
  });

  test('on a printer that never answers: sent once, unknown, and soon not even asked', () => {
    const rig = start({ behaviour: { neverAnswers: true } }, { status: 'if-answered' });
    identify(rig);
    const asked = rig.sent.length;
    for (let job = 0; job < 3; job++) {
      expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'print-unproven' }, proof: 'none' });
    }
    expect(labelsSent(rig)).toBe(3);
    expect(rig.sent).toHaveLength(asked + 3);
    rig.idle(10_000);
    expect(rig.device.state()).toMatchObject({ printedTotal: 3 });
  });

  test.each([
    ['', 'not exactly one format without control characters'],
    ['hello', 'not exactly one format without control characters'],
    ['^XA', 'not exactly one format without control characters'],
    ['^XA^XZ^XA^XZ', 'not exactly one format without control characters'],
    ['^XA~JA^XZ', 'not exactly one format without control characters'],
    ['^XA\x10^XZ', 'not exactly one format without control characters'],
    ['^XA^FDx^FS^XZ tail', 'not exactly one format without control characters'],
    ['^XA^PQ9^XZ', '^PQ has no place on a label'],
    ['^XA^CC/^XZ', '^CC has no place on a label'],
    ['^XA^ct!^XZ', '^CT has no place on a label'],
  ])('%j is no label: %s; nothing is asked', (text, detail) => {
    const rig = start();
    expect(print(rig, { label: text })).toEqual({ outcome: 'failed', fault: { code: 'label-invalid', detail } });
    expect(rig.sent).toEqual([]);
  });

  test.each([0, -1, 1.5, 101, Number.NaN])('%d copies are none', (copies) => {
    expect(print(start(), { copies })).toMatchObject({ outcome: 'failed', fault: { code: 'label-invalid' } });
  });
});

describe('the link dies', () => {
  test('before the label: failed', () => {
    const rig = start();
    rig.unplug();
    expect(print(rig)).toEqual({ outcome: 'failed', fault: { code: 'link-lost' } });
  });

  test.each([100, 700, 1_000])('%i ms after the job began: unknown, and nothing is left in the printer', (ms) => {
    const rig = start({ odometer: 'silent', behaviour: { labelMs: 5_000 } });
    identify(rig);
    print(rig, { jobId: 'settles the odometer', copies: 1 });
    const before = labelsSent(rig);
    rig.clock.after(ms, () => rig.unplug());
    expect(print(rig)).toEqual({ outcome: 'unknown', fault: { code: 'link-lost' } });
    expect(labelsSent(rig)).toBe(before + 1);
    expect(rig.device.state()).toMatchObject({ labelsWaiting: 0 });
  });
});

describe('what goes on a label', () => {
  test.each([
    ['gbk', '王小喆 Zoë', '王小喆 Zoe', 1],
    ['gbk', '𬱖㛃·好😀', '〓〓·好〓', 3],
    ['gb2312', '王小喆', '王小〓', 1],
    ['unicode', '𬱖㛃 Zoë ئۇيغۇر', '𬱖㛃 Zoë ئۇيغۇر', 0],
    ['unicode', '\ud800\u0085', '〓〓', 2],
  ] as const)('%s: %s is printed as %s', (codePage, text, printed, substituted) => {
    const rig = start({}, { codePage });
    const result = print(rig, { label: `^XA^CI28^FO1,1^A1N,20,20^FD${text}^FS^XZ` });
    expect(result).toEqual({ outcome: 'done', proof: 'odometer', ...(substituted > 0 && { substituted }) });
    expect(printedBy(rig).at(-1)).toContain(`^FD${printed}^FS`);
  });

  test('a hostile title is printed as text, on one label', () => {
    const rig = start();
    const hostile = '^XZ^XA^FDowned^FS^PQ99^XZ~JA\r\n! U1 setvar "x" "y"';
    expect(print(rig, { label: testLabel({ title: hostile, lines: [hostile], code: 'T^~_>1' }) })).toMatchObject({
      outcome: 'done',
    });
    expect(rig.device.state()).toMatchObject({ printedTotal: 1, partialFormat: false });
  });

  test('ends where its format ends, whatever its letters', () => {
    // In upper case, Straße is one letter longer.
    const bytes = bytesOf(jobBytes({ jobId: 'a', label: '^xa^fdStraße^fs^xz\n' }, 'unicode'));
    expect(bytes.toString()).toBe('^xa^fdStraße^fs^JZN^PQ1,0,1,Y^XZ\r\n');
  });

  test('Chinese goes out as UTF-8 within ^CI28', () => {
    const bytes = bytesOf(jobBytes({ jobId: 'a', label }, 'gbk'));
    expect(bytes.includes('^CI28')).toBe(true);
    expect(bytes.includes(Buffer.from('核酸采样管', 'utf8'))).toBe(true);
    expect(bytes.toString()).toMatch(/\^JZN\^PQ1,0,1,Y\^XZ\r\n$/);
  });

  test('every character of GB 2312 reaches the printer within ^CI28, and none of their bytes is a command', () => {
    const all = [...gb2312];
    expect(all).toHaveLength(7_445);
    const rig = start({ behaviour: { labelMs: 0 } });
    for (let at = 0; at < all.length; at += 2_500) {
      const text = all.slice(at, at + 2_500).join('');
      const chinese = testLabel({ title: text, lines: [], code: 'T1' });
      expect(print(rig, { label: chinese })).toMatchObject({ outcome: 'done' });
      expect(printedBy(rig).at(-1)).toContain(`^A1N,26,26^FH^FD${text}^FS`);
    }
    const bytes = Buffer.from(all.join(''), 'utf8');
    expect(bytes.every((byte) => byte >= 0x80)).toBe(true);
  });

  test('a code that no barcode can carry is refused without repeating it', () => {
    expect(() => testLabel({ title: '', lines: [], code: '张三' })).toThrow(/^code: must be/);
    expect(() => testLabel({ title: '', lines: [], code: '张三' })).not.toThrow(/张三/);
  });
});
