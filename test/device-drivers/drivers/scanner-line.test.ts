import { describe, expect, test } from 'vitest';
import { scannerLine } from '../../../device-drivers/drivers/scanner-line.ts';
import { scannerLine as simulator } from '../../../simulators/devices/scanner-line.ts';
import { connect } from '../../support/converse.ts';
import { commands, lines } from '../../vectors/scanner-line.ts';

const rig = (options: object = {}) => connect({ driver: scannerLine, options, simulator });
const bytesIn = (r: ReturnType<typeof rig>, bytes: Uint8Array) => {
  // Straight into the framing, as a link would: the simulator scans whole codes only.
  for (const item of r.session.framing.push(bytes)) {
    if ('frame' in item) r.outputs.push(...r.session.onFrame!(item.frame));
  }
};
const scan = (text: string, symbology?: string) => ({
  reading: { type: 'scan', text, ...(symbology && { symbology }) },
});

describe('scanner-line', () => {
  test.each(Object.entries(lines))('reads the vector %s', (_, vector) => {
    const r = rig({ symbologyId: 'symbology' in vector });
    bytesIn(r, vector.bytes);
    expect(r.outputs).toEqual([scan(vector.text, 'symbology' in vector ? vector.symbology : undefined)]);
  });

  test.each([
    { suffix: 'CR' },
    { suffix: 'LF' },
    { suffix: 'CRLF' },
    { suffix: 'none' },
    { suffix: 'CR', encoding: 'gb18030' },
  ])('reads what a scanner set to %o sends', (settings) => {
    const r = rig();
    r.act('scan', { text: '管号T2211070042', ...settings });
    r.idle(80);
    expect(r.outputs).toEqual([scan('管号T2211070042')]);
  });

  test('without the option an identifier is part of the code', () => {
    const r = rig();
    r.act('scan', { text: 'T1', symbology: ']C0' });
    expect(r.outputs).toEqual([scan(']C0T1')]);
  });

  test('codes without the identifier that should be there are read, and the scanner counts as degraded until it comes', () => {
    const r = rig({ symbologyId: true });
    for (const [text, symbology] of [['T1'], ['T2'], ['T3', ']C0'], ['T4', ']Q1']]) r.act('scan', { text, symbology });
    expect(r.outputs).toEqual([
      { condition: { code: 'code-without-symbology' } },
      scan('T1'),
      scan('T2'),
      { condition: null },
      scan('T3', ']C0'),
      scan('T4', ']Q1'),
    ]);
  });

  test('the same code within the window of its last sight is one reading, and the repeats are told', () => {
    const r = rig({ repeatWindowMs: 1000 });
    const at = (ms: number, text: string) => {
      r.idle(ms - r.clock.monotonicMs());
      r.act('scan', { text });
    };
    at(0, 'T1');
    at(900, 'T1');
    at(1800, 'T1');
    at(2800, 'T1');
    at(2900, 'T2');
    at(3000, 'T1');
    const repeat = { repeat: 'scan' };
    expect(r.outputs).toEqual([scan('T1'), repeat, repeat, scan('T1'), scan('T2'), scan('T1')]);
  });

  test('without a window every sight is a reading', () => {
    const r = rig({ repeatWindowMs: 0 });
    r.act('scan', { text: 'T1' });
    r.act('scan', { text: 'T1' });
    expect(r.outputs).toEqual([scan('T1'), scan('T1')]);
  });

  test.each([
    ['ESC', 'T1\x1b[2J', 'control character 0x1b at character 2'],
    ['NUL', '\0T1', 'control character 0x00 at character 0'],
    ['DEL', 'T1\x7f', 'control character 0x7f at character 2'],
    ['a C1 control', 'T1\x85', 'control character 0x85 at character 2'],
    ['STX within', 'T1\x02T2', 'control character 0x02 at character 2'],
    ['a TAB', 'T1\t', 'control character 0x09 at character 2'],
  ])('a code with %s is a fault and no reading', (_, text, detail) => {
    const r = rig();
    r.act('scan', { text });
    r.act('scan', { text: 'T9' });
    expect(r.outputs).toEqual([{ fault: { code: 'code-unreadable', detail } }, scan('T9')]);
  });

  test.each([
    ['neither UTF-8 nor GB18030', [0xff, 0x41, 0x0d]],
    ['an empty code', [0x02, 0x03, 0x0d]],
  ])('%s is a fault', (detail, bytes) => {
    const r = rig();
    bytesIn(r, Uint8Array.from(bytes));
    expect(r.outputs).toEqual([{ fault: { code: 'code-unreadable', detail } }]);
  });

  test('an identifier alone is no code', () => {
    const r = rig({ symbologyId: true });
    bytesIn(r, Buffer.from(']C0\r'));
    expect(r.outputs).toEqual([{ fault: { code: 'code-unreadable', detail: 'an empty code' } }]);
  });

  test('a hostile code is only text', () => {
    const r = rig();
    for (const text of ['constructor', '__proto__', '%s%n{{7*7}}', "'; DROP TABLE event;--"]) r.act('scan', { text });
    expect(r.outputs).toHaveLength(4);
    expect(r.outputs[1]).toEqual(scan('__proto__'));
  });

  test('a scanner that has a suffix and stops in mid-code has sent half a code: no reading', () => {
    const r = rig();
    r.act('scan', { text: 'T2211070042' });
    r.act('scan', { text: 'T22110', suffix: 'none' });
    r.idle(80);
    r.act('scan', { text: 'T2211070043' });
    expect(r.outputs).toEqual([
      scan('T2211070042'),
      { fault: { code: 'code-incomplete', detail: '6 bytes, then silence' } },
      scan('T2211070043'),
    ]);
  });

  test('where the suffix is named, already the first code must have it', () => {
    const r = rig({ suffix: 'CR' });
    r.act('scan', { text: 'T22110', suffix: 'none' });
    r.idle(80);
    r.act('scan', { text: 'T2211070042' });
    expect(r.outputs).toEqual([
      { fault: { code: 'code-incomplete', detail: '6 bytes, then silence' } },
      scan('T2211070042'),
    ]);
  });

  test('a code may have 4096 bytes; a longer one is given up whole, and the next one is read', () => {
    const r = rig();
    r.act('scan', { text: 'A'.repeat(4096) });
    r.act('scan', { text: 'B'.repeat(10_000) });
    r.act('scan', { text: 'T1' });
    expect(r.outputs).toEqual([scan('A'.repeat(4096)), scan('T1')]);
    expect(r.discarded).toEqual(new Map([['oversize', 10_000]]));
  });

  test('no fault repeats what was scanned', () => {
    const r = rig();
    r.act('scan', { text: '410199199003070018\x1b' });
    r.act('scan', { text: '410199199003070018', suffix: 'none' });
    r.idle(80);
    expect(JSON.stringify(r.outputs)).not.toContain('410199');
  });
});

describe('commands of scanner-line', () => {
  const obeying = (profile: string, settings: object = {}, wire?: (bytes: Uint8Array) => readonly Uint8Array[]) =>
    connect({
      ...{ driver: scannerLine, options: { profile }, simulator },
      simulatorOptions: { profile, ...settings },
      ...(wire && { wire }),
    });
  const command = (r: ReturnType<typeof obeying>, name: string, args: object = {}) =>
    r.converse(r.session.commands![name]!(args as never));
  const setting = (name: string) =>
    ({ honeywell: 'CBRENA1', newland: 'GRBENA1', gm65: '00D0=80', datalogic: 'disable' })[name]!;

  test('without a profile there are none', () => {
    expect(rig().session.commands).toBeUndefined();
  });

  test.each([
    ['honeywell', ['beep', 'configure', 'trigger']],
    ['newland', ['configure', 'trigger']],
    ['gm65', ['configure', 'trigger']],
    ['datalogic', ['beep', 'configure']],
  ])('%s has %j', (profile, names) => {
    expect(Object.keys(obeying(profile).session.commands!).sort()).toEqual(names);
  });

  test.each([
    ['honeywell', commands.honeywellTrigger, 'sent'],
    ['newland', commands.newlandTrigger, 'done'],
    ['gm65', commands.gm65Trigger, 'done'],
  ])('%s: trigger on and off', (profile, bytes, outcome) => {
    const r = obeying(profile);
    expect(command(r, 'trigger')).toEqual({ outcome });
    expect(r.sent).toEqual([bytes]);
    expect(r.device.state()).toMatchObject({ triggered: true });
    expect(command(r, 'trigger', { on: false })).toEqual({ outcome });
    expect(r.device.state()).toMatchObject({ triggered: false });
  });

  test.each(['honeywell', 'datalogic'])('%s: beep', (profile) => {
    const r = obeying(profile);
    expect(command(r, 'beep')).toEqual({ outcome: 'sent' });
    expect(r.device.state()).toMatchObject({ beeps: 1 });
  });

  test.each(['honeywell', 'newland', 'gm65'])('%s: a setting, byte by byte', (profile) => {
    const r = obeying(profile, {}, (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)));
    expect(command(r, 'configure', { setting: setting(profile) })).toEqual({ outcome: 'done' });
    expect(r.device.state()).toMatchObject({ settings: [setting(profile)] });
    expect(r.outputs).toEqual([]);
  });

  test('gm65: a setting for good is saved too', () => {
    const r = obeying('gm65');
    expect(command(r, 'configure', { setting: '00D0=80', permanent: true })).toEqual({ outcome: 'done' });
    expect(r.device.state()).toMatchObject({ settings: ['00D0=80', 'saved'] });
  });

  test.each([
    ['honeywell', 'unknown', 'not known to this scanner'],
    ['honeywell', 'refused', 'the scanner refuses the value'],
    ['newland', 'unknown', 'not known to this scanner'],
    ['newland', 'refused', 'the scanner refuses the value'],
  ])('%s: a setting that is %s', (profile, why, text) => {
    const r = obeying(profile, { [why]: [setting(profile)] });
    expect(command(r, 'configure', { setting: setting(profile) })).toEqual({ outcome: 'refused', why: text });
    expect(r.outputs).toEqual([]);
  });

  test.each(['honeywell', 'newland', 'gm65', 'datalogic'])(
    '%s: what is no setting is rejected, nothing is sent',
    (profile) => {
      const r = obeying(profile);
      for (const args of [{ setting: 'no such\x03' }, {}, { setting: 7 }, { setting: setting(profile), at: 1 }])
        expect(command(r, 'configure', args)).toMatchObject({ outcome: 'rejected' });
      expect(r.sent).toEqual([]);
    },
  );

  test.each(['newland', 'gm65'])('%s: no reply in time; the late one is neither reading nor fault', (profile) => {
    const r = obeying(profile, { replyMs: 20_000 });
    expect(command(r, 'trigger')).toEqual({ outcome: 'no-reply' });
    r.idle(60_000);
    r.act('scan', { text: 'T1' });
    expect(r.outputs).toEqual([scan('T1')]);
  });

  test('honeywell: a late reply is known by the command it repeats', () => {
    const r = obeying('honeywell', { replyMs: 20_000 });
    expect(command(r, 'configure', { setting: 'CBRENA1' })).toEqual({ outcome: 'no-reply' });
    r.idle(60_000);
    expect(r.outputs).toEqual([]);
  });

  test.each(['honeywell', 'newland', 'gm65'])('%s: a code scanned while a reply is awaited is a reading', (profile) => {
    const r = obeying(profile, { replyMs: 500 });
    r.clock.after(100, () => r.act('scan', { text: 'T2211070042' }));
    expect(command(r, 'configure', { setting: setting(profile) })).toEqual({ outcome: 'done' });
    expect(r.outputs).toEqual([scan('T2211070042')]);
  });

  test('newland: commands keep their distance', () => {
    const r = obeying('newland', { replyMs: 0 });
    command(r, 'trigger');
    command(r, 'trigger', { on: false });
    expect(r.clock.monotonicMs()).toBeGreaterThanOrEqual(100);
  });

  test.each(['honeywell', 'newland', 'gm65', 'datalogic'])('%s: all codes are read as ever', (profile) => {
    for (const [name, vector] of Object.entries(lines)) {
      if ('symbology' in vector) continue;
      const r = obeying(profile);
      bytesIn(r, vector.bytes);
      expect([name, r.outputs]).toEqual([name, [scan(vector.text)]]);
    }
  });

  test('the link that dies under a command ends it', () => {
    const r = obeying('newland');
    r.unplug();
    expect(() => command(r, 'trigger')).toThrow('unplugged');
  });
});
