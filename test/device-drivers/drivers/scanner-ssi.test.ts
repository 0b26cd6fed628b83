import { describe, expect, test } from 'vitest';
import { scannerSsi } from '../../../device-drivers/drivers/scanner-ssi.ts';
import { ssiPacket, ssiSource } from '../../../device-drivers/wire/ssi.ts';
import { scannerSsi as simulator } from '../../../simulators/devices/scanner-ssi.ts';
import { connect } from '../../support/converse.ts';
import { code128Text, fromHost, fromScanner } from '../../vectors/scanner-ssi.ts';

type Wire = (bytes: Uint8Array) => readonly Uint8Array[];
const rig = (options: object = {}, simulatorOptions: object = {}, wire?: Wire) =>
  connect({ driver: scannerSsi, options, simulator, simulatorOptions, ...(wire && { wire }) });
type Rig = ReturnType<typeof rig>;

const identified = (r: Rig) => r.converse(r.session.identify!());
/** Looks for `ms`, as the session does all the time. */
const listen = (r: Rig, ms = 400) => {
  const endMs = r.clock.monotonicMs() + ms;
  while (r.clock.monotonicMs() < endMs) expect(r.cycle()).toBeUndefined();
};
const scanned = (r: Rig, args: object) => {
  r.act('scan', args);
  listen(r);
};
const command = (r: Rig, name: string, args: object = {}) => {
  const run = r.session.commands![name]!;
  return r.converse(run(args as never));
};
const acks = (r: Rig) => r.sent.filter((bytes) => Buffer.compare(bytes, fromHost.ack.bytes) === 0).length;
const scan = (text: string, symbology?: string) => ({
  reading: { type: 'scan', text, ...(symbology !== undefined && { symbology }) },
});

describe('scanner-ssi', () => {
  test('wakes the scanner, asks for its revision and for packets', () => {
    const r = rig();
    expect(identified(r)).toEqual({ identity: { firmware: 'CAAABS00-001-R00' } });
    expect(r.sent.slice(0, 3)).toEqual([Uint8Array.of(0), fromHost.requestRevision.bytes, fromHost.ack.bytes]);
    expect(r.device.state()).toMatchObject({ parameters: { 238: 1 } });
  });

  test('without the option nothing is set', () => {
    const r = rig({ packetedData: false });
    identified(r);
    expect(r.device.state()).toMatchObject({ parameters: {} });
  });

  test('a scanner that does not know the question speaks SSI all the same; one that says nothing is none', () => {
    expect(identified(rig({}, { unknown: ['A3'] }))).toEqual({ identity: {} });
    const silent = rig();
    silent.device.power(false);
    expect(identified(silent)).toEqual({ fault: { code: 'no-reply' } });
  });

  test('a sleeping scanner loses the first byte, and it is the one that wakes it', () => {
    const r = rig({}, { sleepsAfterMs: 100 });
    expect(identified(r)).toHaveProperty('identity.firmware');
    r.idle(60_000);
    expect(command(r, 'beep')).toEqual({ outcome: 'done' });
  });

  test('a code is read and acknowledged, byte by byte', () => {
    const r = rig({}, {}, (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)));
    identified(r);
    const before = acks(r);
    scanned(r, { text: code128Text });
    expect(r.outputs).toEqual([scan(code128Text, ']C0')]);
    expect(acks(r)).toBe(before + 1);
    expect(r.device.state()).toMatchObject({ transmitErrors: 0 });
  });

  test.each([
    [0x01, ']A0'],
    [0x0b, ']E0'],
    [0x1b, ']d1'],
    [0x1c, ']Q1'],
    [0x99, undefined],
  ])('code type %i is %s', (type, symbology) => {
    const r = rig();
    scanned(r, { text: 'T1', type });
    expect(r.outputs).toEqual([scan('T1', symbology)]);
  });

  test('other types stand in the options', () => {
    const r = rig({ symbologies: { '99': ']h0', '03': ']C4' } });
    scanned(r, { text: 'T1', type: 0x99 });
    scanned(r, { text: 'T2', type: 3 });
    expect(r.outputs).toEqual([scan('T1', ']h0'), scan('T2', ']C4')]);
  });

  test.each([{}, { suffix: 'CR' }, { suffix: 'CRLF' }])('Chinese text, from a scanner set to %o', (settings) => {
    const r = rig({}, settings);
    scanned(r, { text: '管号T2211070042', type: 28 });
    scanned(r, { text: '管号T2211070043', type: 28, encoding: 'gb18030' });
    expect(r.outputs).toEqual([scan('管号T2211070042', ']Q1'), scan('管号T2211070043', ']Q1')]);
  });

  test.each([1, 2])('when %i acknowledgements are lost, the repeats give one reading', (times) => {
    const r = rig({ repeatWindowMs: 0 });
    r.act('lose-acks', { times });
    r.act('scan', { text: 'T1' });
    listen(r, 8_000);
    expect(r.outputs).toEqual([scan('T1', ']C0'), ...Array.from({ length: times }, () => ({ repeat: 'scan' }))]);
    expect(r.device.state()).toMatchObject({ transmitErrors: 0 });
  });

  test('a damaged packet is not answered; the repeat is the reading', () => {
    const r = rig();
    identified(r);
    const before = r.sent.length;
    r.act('spoil');
    r.act('scan', { text: 'T1' });
    listen(r, 1_000);
    expect(r.sent).toHaveLength(before);
    listen(r, 3_000);
    expect(r.outputs).toEqual([scan('T1', ']C0')]);
    expect(r.discarded.get('check')).toBeGreaterThan(0);
  });

  test('the same code scanned again is a repeat within the window only, and a new packet after it is a reading', () => {
    const r = rig({ repeatWindowMs: 1_000 });
    scanned(r, { text: 'T1' });
    scanned(r, { text: 'T1' });
    listen(r, 1_200);
    scanned(r, { text: 'T1' });
    expect(r.outputs).toEqual([scan('T1', ']C0'), { repeat: 'scan' }, scan('T1', ']C0')]);
  });

  test('a long code comes in several packets, also when acknowledgements of its parts are lost', () => {
    const text = `健康码${'A1b2'.repeat(300)}`;
    const r = rig();
    r.act('lose-acks', { times: 2 });
    r.act('scan', { text, type: 28 });
    listen(r, 10_000);
    expect(r.outputs).toEqual([scan(text, ']Q1')]);
  });

  test('a long code whose end never comes is a fault at the next one', () => {
    const r = rig();
    r.device.power(false);
    const more = 0x02;
    const inject = (bytes: Uint8Array) => r.session.framing.push(bytes);
    const [part] = inject(ssiPacket(ssiSource.scanner, 0xf3, Buffer.from('\x1cABC'), more));
    const [next] = inject(fromScanner.code128.bytes);
    const cycle = (frame: unknown) => {
      const run = r.session.cycle!.run();
      for (let turn = run.next(); !turn.done; turn = run.next(turn.value.step === 'receive' ? frame : undefined))
        if (turn.value.step === 'emit') r.outputs.push(turn.value.output);
    };
    cycle(part && 'frame' in part ? part.frame : undefined);
    r.idle(10_000);
    cycle(next && 'frame' in next ? next.frame : undefined);
    expect(r.outputs).toEqual([
      { fault: { code: 'code-incomplete', detail: '3 bytes in packets' } },
      scan(code128Text, ']C0'),
    ]);
  });

  test('a code with a control character is a fault, acknowledged, and repeats nothing', () => {
    const r = rig();
    scanned(r, { text: '410199199003070018\x1b' });
    expect(r.outputs).toEqual([
      { fault: { code: 'code-unreadable', detail: 'control character 0x1b at character 18' } },
    ]);
    expect(r.device.state()).toMatchObject({ transmitErrors: 0 });
    expect(JSON.stringify(r.outputs)).not.toContain('410199');
  });

  test('unplugged and plugged in again, it goes on', () => {
    const r = rig();
    scanned(r, { text: 'T1' });
    r.device.power(false);
    listen(r);
    r.device.power(true);
    scanned(r, { text: 'T2' });
    expect(r.outputs).toEqual([scan('T1', ']C0'), scan('T2', ']C0')]);
  });
});

describe('commands of scanner-ssi', () => {
  test('trigger, beep and configure are the golden packets', () => {
    const r = rig();
    expect(command(r, 'trigger')).toEqual({ outcome: 'done' });
    expect(r.device.state()).toMatchObject({ reading: true });
    expect(command(r, 'trigger', { on: false })).toEqual({ outcome: 'done' });
    expect(command(r, 'beep', { code: 1 })).toEqual({ outcome: 'done' });
    expect(command(r, 'configure', { parameter: 0x8a, value: 8 })).toEqual({ outcome: 'done' });
    const packets = r.sent.filter(({ length }) => length > 1);
    expect(packets).toEqual(
      [fromHost.start, fromHost.stop, fromHost.beep, fromHost.hostTriggerForNow].map((v) => v.bytes),
    );
  });

  test('what the scanner refuses is refused, what it does not hear is told', () => {
    const r = rig({}, { unknown: ['E4'] });
    expect(command(r, 'trigger')).toEqual({ outcome: 'refused', why: 'not known to this scanner' });
    r.device.power(false);
    expect(command(r, 'beep')).toEqual({ outcome: 'no-reply' });
  });

  test('a code that comes while a command waits is a reading, and acknowledged', () => {
    const r = rig();
    r.act('scan', { text: 'T1' });
    expect(command(r, 'beep')).toEqual({ outcome: 'done' });
    expect(r.outputs).toEqual([scan('T1', ']C0')]);
    listen(r, 8_000);
    expect(r.outputs).toHaveLength(1);
  });

  test.each([
    ['beep', { code: 99 }],
    ['configure', { parameter: 'x', value: 1 }],
    ['trigger', { at: 'once' }],
  ])('%s %o is rejected and nothing is sent', (name, args) => {
    const r = rig();
    expect(command(r, name, args)).toMatchObject({ outcome: 'rejected' });
    expect(r.sent).toEqual([]);
  });

  test('the link that dies under a command ends it', () => {
    const r = rig();
    r.unplug();
    expect(() => command(r, 'trigger')).toThrow('unplugged');
  });
});
