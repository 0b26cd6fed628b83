import { describe, expect, test } from 'vitest';
import { idSam } from '../../../simulators/devices/id-sam.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { answers, commands, statusAnswers } from '../../vectors/id-sam.ts';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const answer = (sw3: number) => hexOf(statusAnswers.get(sw3)!);

function reader(options: object = { findMs: [0, 0], readMs: [0, 0], otherMs: [0, 0] }) {
  const clock = manualClock();
  const sent: string[] = [];
  const device = idSam.create(idSam.options.parse(options), {
    clock,
    random: () => 0.5,
    send: (bytes) => sent.push(hexOf(bytes)),
  });
  return {
    clock,
    sent,
    device,
    act(name: string, args: object = {}) {
      const action = device.actions.get(name)!;
      return action.run(action.args.parse(args));
    },
    /** Sends bytes, lets the reader take its time, and gives what it answered. */
    ask(...requests: Uint8Array[]) {
      sent.length = 0;
      for (const bytes of requests) device.receive(bytes);
      clock.advance(5_000);
      return sent.slice();
    },
  };
}

describe('a simulated SAM reader', () => {
  test('answers with the golden bytes', () => {
    const r = reader();
    expect(r.ask(commands.status)).toEqual([answer(0x90)]);
    expect(r.ask(commands.reset)).toEqual([answer(0x90)]);
    expect(r.ask(commands.samId)).toEqual([hexOf(answers.samId)]);
    expect(r.ask(commands.find)).toEqual([answer(0x80)]);
    r.act('present', { person: 'zhang-san' });
    expect(r.ask(commands.find)).toEqual([hexOf(answers.found)]);
    expect(r.ask(commands.select)).toEqual([hexOf(answers.selected)]);
    expect(r.ask(commands.read)).toEqual([hexOf(answers.residentCard)]);
    r.act('present', { person: 'ouyang-long-term' });
    r.ask(commands.find);
    r.ask(commands.select);
    expect(r.ask(commands.read)).toEqual([hexOf(answers.longTermCard)]);
  });

  test('keeps the order: no select without find, no read without select', () => {
    const r = reader();
    r.act('present');
    expect(r.ask(commands.select)).toEqual([answer(0x81)]);
    expect(r.ask(commands.read)).toEqual([answer(0x41)]);
    r.ask(commands.find);
    expect(r.ask(commands.read)).toEqual([answer(0x41)]);
    r.act('lift');
    expect(r.ask(commands.select)).toEqual([answer(0x81)]);
  });

  test.each([
    ['80', answer(0x80)],
    ['9F', hexOf(answers.found)],
  ])('a read card that stays answers find with %s', (staysAs, expected) => {
    const r = reader({ staysAs });
    r.act('present');
    for (const command of [commands.find, commands.select, commands.read]) r.ask(command);
    expect(r.ask(commands.find)).toEqual([expected]);
    r.act('lift');
    expect(r.ask(commands.find)).toEqual([answer(0x80)]);
  });

  test('a wrong check, an impossible or unreached length and an unknown command each have their answer', () => {
    const r = reader();
    const wrongCheck = Uint8Array.from(commands.find, (byte, at) => (at === 9 ? byte ^ 1 : byte));
    expect(r.ask(wrongCheck)).toEqual([answer(0x10)]);
    expect(r.ask(commands.find.with(6, 1))).toEqual([answer(0x11)]);
    expect(r.ask(commands.find.with(6, 9))).toEqual([answer(0x11)]);
    expect(r.ask(commands.readFingerprint)).toEqual([answer(0x21)]);
    expect(r.ask(commands.find)).toEqual([answer(0x80)]);
  });

  test('takes requests byte by byte and two at once, and answers in their order', () => {
    const r = reader();
    expect(r.ask(...Array.from(commands.find, (byte) => Uint8Array.of(byte)))).toEqual([answer(0x80)]);
    expect(r.ask(Buffer.concat([commands.samId, commands.find]))).toEqual([hexOf(answers.samId), answer(0x80)]);
  });

  test('takes its time', () => {
    const r = reader({});
    r.device.receive(commands.find);
    r.clock.advance(99);
    expect(r.sent).toEqual([]);
    r.clock.advance(1);
    expect(r.sent).toEqual([answer(0x80)]);
  });

  test('gives any code of the table, so often and to the command that is wanted', () => {
    const r = reader();
    for (const [sw3, frame] of statusAnswers) {
      r.act('fail', { sw3: sw3.toString(16), on: 'find', times: 2 });
      expect(r.ask(commands.status)).toEqual([answer(0x90)]);
      expect(r.ask(commands.find)).toEqual([hexOf(frame)]);
      expect(r.ask(commands.find)).toEqual([hexOf(frame)]);
      expect(r.ask(commands.find)).toEqual([answer(0x80)]);
    }
  });

  test('spoils answers on the wire', () => {
    const r = reader();
    const spoilt = (how: string) => {
      r.act('distort', { how });
      return r.ask(commands.find);
    };
    expect(spoilt('silence')).toEqual([]);
    expect(spoilt('wrong-check')).toEqual([answer(0x80).replace(/84$/, '7b')]);
    expect(spoilt('truncated')).toEqual([answer(0x80).slice(0, 10)]);
    expect(spoilt('extra-aa')).toEqual([`aa${answer(0x80)}`]);
    expect(spoilt('garbage-before')[0]).toMatch(new RegExp(`.${answer(0x80)}$`));
    expect(r.ask(commands.find)).toEqual([answer(0x80)]);
  });

  test('without power it forgets what it was asked; the card stays where it lies', () => {
    const r = reader();
    r.act('present');
    r.device.receive(commands.find);
    r.device.power(false);
    expect(r.ask(commands.find)).toEqual([]);
    r.device.power(true);
    expect(r.ask(commands.find)).toEqual([hexOf(answers.found)]);
    expect(r.device.state()).toMatchObject({ powered: true, card: 'zhang-san' });
  });

  test('says who can be presented', () => {
    expect(() => reader().act('present', { person: 'nobody' })).toThrow(/zhang-san.*crowd-N/);
  });

  test('leaves no timer behind', () => {
    const r = reader({});
    r.device.receive(commands.find);
    r.device.receive(commands.find.subarray(0, 6));
    r.device.stop();
    expect(r.clock.nextDueMs()).toBeUndefined();
  });
});
