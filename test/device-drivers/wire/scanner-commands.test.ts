import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lines } from '../../../device-drivers/wire/lines.ts';
import { type ScannerCommand, scannerProfiles } from '../../../device-drivers/wire/scanner-commands.ts';
import { scannerFrames } from '../../../device-drivers/wire/scanner-frames.ts';
import { cutAt, feed } from '../../support/framing.ts';
import { commands, replies, lines as scans } from '../../vectors/scanner-line.ts';

const profile = (name: string) => scannerProfiles.get(name)!;
const framing = (name: string, awaited?: ScannerCommand) =>
  scannerFrames(lines({ lineEnd: 'any', lineBytesMax: 4096, idleEndMs: 80 }), (bytes) =>
    profile(name).replyAt(bytes, awaited),
  );
const shown = (name: string, chunks: readonly Uint8Array[], awaited?: ScannerCommand) =>
  feed(framing(name, awaited), chunks).frames.map((frame) =>
    'reply' in frame ? frame.reply : Buffer.from(frame.bytes).toString('latin1'),
  );
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('commands', () => {
  test('are the golden bytes', () => {
    expect(profile('honeywell').trigger!(true).bytes).toEqual(commands.honeywellTrigger);
    expect(profile('honeywell').trigger!(false).bytes).toEqual(commands.honeywellTriggerOff);
    expect(profile('honeywell').beep!().bytes).toEqual(commands.honeywellBeep);
    expect(profile('newland').trigger!(true).bytes).toEqual(commands.newlandTrigger);
    expect(profile('newland').trigger!(false).bytes).toEqual(commands.newlandTriggerOff);
    expect(profile('newland').configure('SCNMOD2', true)).toMatchObject([{ bytes: commands.newlandAutoSense }]);
    expect(profile('gm65').trigger!(true).bytes).toEqual(commands.gm65Trigger);
    expect(profile('gm65').configure('002A=3901', true)).toMatchObject([
      { bytes: commands.gm65Baud9600 },
      { bytes: commands.gm65Save },
    ]);
    expect(profile('gm65').configure('00D9=50', false)).toMatchObject([{ bytes: commands.gm65Defaults }]);
    expect(profile('honeywell').configure('CBRENA1', false)![0]!.bytes).toEqual(ascii('\x16M\rCBRENA1!'));
    expect(profile('datalogic').configure('disable', false)).toEqual([{ bytes: ascii('D') }]);
  });

  test.each([
    ['honeywell', 'CBRENA1.'],
    ['honeywell', 'REVINF?'],
    ['newland', 'SCNMOD2;\x03~\x010000@FACDEF'],
    ['newland', 'SCNMOD*'],
    ['gm65', '00D0'],
    ['gm65', '00D0=8'],
    ['gm65', '00d0=80'],
    ['datalogic', 'E'],
    ['datalogic', 'constructor'],
  ])('%s takes no setting %j', (name, setting) => {
    expect(profile(name).configure(setting, false)).toBeUndefined();
  });
});

describe('replies', () => {
  test.each([
    ['ack', replies.newlandAck],
    ['nak', replies.newlandNak],
    ['enq', replies.newlandEnq],
  ])('of Newland: %s', (answer, bytes) => {
    expect(shown('newland', [bytes])).toEqual([{ answer, echo: '#SCNTRG1' }]);
  });

  test('of GM65, and none with a wrong check value', () => {
    expect(shown('gm65', [replies.gm65])).toEqual([{ answer: 'ack', echo: 'gm65' }]);
    expect(shown('gm65', [Uint8Array.from([...replies.gm65.subarray(0, 6), 0x30, 0x0d])])).toHaveLength(1);
    expect(shown('gm65', [Uint8Array.from([...replies.gm65.subarray(0, 6), 0x30, 0x0d])])[0]).toBeTypeOf('string');
  });

  test.each([
    ['ack', '\x06'],
    ['nak', '\x15'],
    ['enq', '\x05'],
  ])('of Honeywell, known by the command: %s', (answer, status) => {
    const [command] = profile('honeywell').configure('CBRENA1', true)!;
    expect(shown('honeywell', [ascii(`CBRENA1${status}.`)], command)).toEqual([{ answer, echo: 'CBRENA1.' }]);
    expect(shown('honeywell', [ascii('CBRENA1\r')], command)).toEqual(['CBRENA1']);
    expect(shown('honeywell', [ascii(`T1CBRENA1${status}.`)], command)).toEqual([{ answer, echo: 'CBRENA1.' }, 'T1']);
  });

  const cases = [
    ['newland', replies.newlandAck, undefined],
    ['gm65', replies.gm65, undefined],
    ['honeywell', ascii('CBRENA1\x06.'), profile('honeywell').configure('CBRENA1', true)![0]],
  ] as const;
  test.each(cases)('of %s come out between codes, however the stream is cut', (name, reply, awaited) => {
    const texts = Object.values(scans).map(({ bytes }) => bytes);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(reply, ...texts), { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (parts, places) => {
          const frames = feed(framing(name, awaited), cutAt(Buffer.concat(parts), places)).frames;
          const kinds = frames.map((frame) => ('reply' in frame ? 'reply' : 'code'));
          expect(kinds).toEqual(parts.map((part) => (part === reply ? 'reply' : 'code')));
        },
      ),
    );
  });

  test.each(cases)('of %s in mid-code cut no code in two', (name, reply, awaited) => {
    const code = scans.code128.bytes;
    for (let at = 1; at < code.length; at++) {
      const stream = Buffer.concat([code.subarray(0, at), reply, code.subarray(at)]);
      expect(shown(name, [stream], awaited)).toContain(scans.code128.text);
    }
  });

  test('a reply that is cut off does not swallow the code behind it', () => {
    const cut = replies.newlandAck.subarray(0, 10);
    const frames = shown('newland', [Buffer.concat([cut, ascii('\r'), scans.code128.bytes])]);
    expect(frames.at(-1)).toBe(scans.code128.text);
  });
});
