import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printerZpl } from '../../../simulators/devices/printer-zpl.ts';
import { simulatedDevice } from '../../support/simulated-device.ts';
import { hi, hqes, hs, odometer } from '../../vectors/printer-zpl.ts';

function plugIn(options: unknown = {}) {
  const simulated = simulatedDevice(printerZpl, options);
  const tell = (text: string) => simulated.tell(text, 'utf8');
  const take = () => simulated.take().toString('latin1');
  const ask = (text: string) => {
    tell(text);
    return take();
  };
  return { ...simulated, tell, take, ask };
}
const one = '^XA^FDone^FS^XZ';
const getvar = '! U1 getvar "odometer.total_label_count"\r\n';

describe('the golden answers, from the printer’s side', () => {
  test('idle, printing, out of paper, open, out of ribbon', () => {
    const printer = plugIn();
    expect(printer.ask('~HS')).toBe(hs.idle);
    printer.tell('^XA^PQ3^XZ');
    expect(printer.ask('~HS')).toBe(hs.printing);
    printer.clock.advance(10_000);
    expect(printer.ask('~HS')).toBe(hs.idle);

    for (const [action, args, golden] of [
      ['paper', { labels: 0 }, hs.paperOut],
      ['lid', { open: true }, hs.headOpen],
      ['ribbon', { out: true }, hs.ribbonOut],
    ] as const) {
      const faulty = plugIn();
      faulty.act(action, args);
      faulty.tell(one);
      expect(faulty.ask('~HS')).toBe(golden);
    }
  });

  test('~HQES, ~HI, odometer', () => {
    const printer = plugIn();
    expect(printer.ask('~HQES')).toBe(hqes.none);
    expect(printer.ask('~HI')).toBe(hi);
    expect(printer.ask(getvar)).toBe(odometer.counts);
    printer.act('lid', { open: true });
    expect(printer.ask('~hqes')).toBe(hqes.headOpenPaused);
    expect(plugIn({ odometer: 'unsupported' }).ask(getvar)).toBe(odometer.unsupported);
    expect(plugIn({ odometer: 'silent' }).ask(getvar)).toBe('');
  });
});

describe('printing', () => {
  test('a label counts when it has left the printer', () => {
    const printer = plugIn({ behaviour: { labelMs: 600 } });
    printer.tell('^XA^FDone^FS^PQ2^XZ');
    printer.clock.advance(599);
    expect(printer.ask(getvar)).toBe('"12345"');
    printer.clock.advance(1);
    expect(printer.ask(getvar)).toBe('"12346"');
    printer.clock.advance(600);
    expect(printer.device.state()).toMatchObject({ odometer: 12_347, printedTotal: 2, labelsWaiting: 0 });
  });

  test('commands and formats come in any chunks, commands also within a format', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (size) => {
        const printer = plugIn();
        const bytes = Buffer.from(`noise~HS^XA^CI28^FD核~HI酸^FS^XZ\r\n${getvar}~HQES`, 'utf8');
        for (let at = 0; at < bytes.length; at += size) printer.device.receive(bytes.subarray(at, at + size));
        printer.clock.advance(1_000);
        expect(printer.take()).toBe(hs.idle + hi + odometer.counts + hqes.none);
        expect(printer.device.state()).toMatchObject({ printed: ['^XA^CI28^FD核酸^FS^XZ'] });
      }),
    );
  });

  test('paper out after N labels; with ^JZY and duplicateAfterError the last one comes twice, with ^JZN not', () => {
    for (const [jz, total] of [
      ['^JZY', 3],
      ['^JZN', 2],
    ] as const) {
      const printer = plugIn({ behaviour: { duplicateAfterError: true } });
      printer.act('paper', { labels: 1 });
      printer.tell(`^XA${jz}^FDone^FS^PQ2^XZ`);
      printer.clock.advance(10_000);
      expect(printer.device.state()).toMatchObject({ printedTotal: 1, paperOut: true, labelsLeft: 0 });
      printer.act('paper');
      printer.clock.advance(10_000);
      expect(printer.device.state()).toMatchObject({ printedTotal: total, paperOut: false });
    }
  });

  test('a lid opened in mid-label spoils it; ^JZ says whether it comes again', () => {
    for (const [jz, total] of [
      ['^JZY', 1],
      ['^JZN', 0],
    ] as const) {
      const printer = plugIn({ behaviour: { labelMs: 600 } });
      printer.tell(`^XA${jz}^XZ`);
      printer.clock.advance(300);
      printer.act('lid', { open: true });
      printer.act('lid', { open: false });
      printer.clock.advance(600);
      expect(printer.device.state()).toMatchObject({ spoiled: 1, printedTotal: total, labelsWaiting: 0 });
    }
  });

  test('~JA cancels what waits and what is half sent; the label that moves comes out', () => {
    const printer = plugIn();
    printer.tell(`^XA^PQ5^XZ${one}^XA^FDhalf`);
    printer.tell('~JA');
    printer.clock.advance(60_000);
    expect(printer.device.state()).toMatchObject({ printedTotal: 1, labelsWaiting: 0, partialFormat: false });
  });

  test('~PP holds, ~PS goes on', () => {
    const printer = plugIn();
    printer.tell(`~PP${one}`);
    printer.clock.advance(60_000);
    expect(printer.device.state()).toMatchObject({ printedTotal: 0, paused: true });
    printer.tell('~PS');
    printer.clock.advance(60_000);
    expect(printer.device.state()).toMatchObject({ printedTotal: 1, paused: false });
  });

  test('without power the queue is gone; odometer, paper and lid are not', () => {
    const printer = plugIn();
    printer.act('paper', { labels: 5 });
    printer.tell(`^XA^PQ2^XZ${one}`);
    printer.clock.advance(700);
    printer.device.power(false);
    expect(printer.ask('~HS')).toBe('');
    printer.device.power(true);
    printer.clock.advance(60_000);
    expect(printer.ask('~HS')).toBe(hs.idle);
    expect(printer.device.state()).toMatchObject({ printedTotal: 1, labelsLeft: 4, spoiled: 1 });
  });

  test('keeps the last 50 labels and lives through a megabyte of garbage', () => {
    const printer = plugIn({ behaviour: { labelMs: 0 } });
    for (let label = 0; label < 60; label++) printer.tell(`^XA^FD${label}^FS^XZ`);
    printer.clock.advance(1_000);
    const { printed } = printer.device.state() as { printed: string[] };
    expect([printed.length, printed[0], printed.at(-1)]).toEqual([50, '^XA^FD10^FS^XZ', '^XA^FD59^FS^XZ']);
    printer.device.receive(new Uint8Array(1024 * 1024).fill(0x41));
    printer.tell('\r\n');
    expect(printer.ask('~HS')).toBe(hs.idle);
  });
});

describe('answering badly', () => {
  test('never, not in fault, cut, late, without the last CR LF', () => {
    const printer = plugIn({ behaviour: { neverAnswers: true } });
    expect(printer.ask(`~HS~HI~HQES${getvar}`)).toBe('');
    printer.act('behave', { muteStatusInFault: true, muteErrors: true });
    expect(printer.ask('~HS')).toBe(hs.idle);
    printer.act('lid', { open: true });
    expect(printer.ask('~HS~HQES')).toBe('');
    printer.act('lid', { open: false });
    printer.act('behave', { missingFinalCrlf: true });
    expect(printer.ask('~HS')).toBe(hs.idle.slice(0, -2));
    printer.act('behave', { cutReply: true });
    expect(printer.ask('~HI')).toBe(hi.slice(0, hi.length >> 1));
    printer.act('behave', { replyAfterMs: 100, stringGapMs: 325 });
    expect(printer.ask('~HS')).toBe('');
    printer.clock.advance(100 + 325);
    expect(printer.take()).toBe(hs.idle.slice(0, hs.idle.indexOf('\x021234')));
    printer.clock.advance(325);
    expect(printer.take()).toBe('\x021234,0\x03\r\n');
  });
});
