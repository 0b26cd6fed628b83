/** Every byte of a card's answer with every value, and every character with awkward ones, behind a right check byte. */
import { describe, expect, test } from 'vitest';
import type { DriverOutput } from '../../device-drivers/driver.ts';
import { idSam } from '../../device-drivers/drivers/id-sam.ts';
import { cardText, people } from '../../simulators/people.ts';
import { whyNoReading } from './reading-checks.ts';

const found = Uint8Array.of(0, 0, 0x9f, 0, 0, 0, 0);
const selected = Uint8Array.of(0, 0, 0x90, 0, 0, 0, 0, 0, 0, 0, 0);
const textAt = 7;
const options = idSam.options.parse({});

/** The body of a reader's answer to a read; the photo is left short, nobody looks at it. */
const answerOf = (text: Uint8Array) => Buffer.concat([Uint8Array.of(0, 0, 0x90, 1, 0, 4, 0), text, Buffer.alloc(16)]);

/** What is said of one presentation whose read is answered so. */
function outputsFor(answer: Uint8Array): DriverOutput[] {
  const outputs: DriverOutput[] = [];
  const session = idSam.session(options, { monotonicMs: () => 0 });
  const replies = [found, selected, answer];
  const cycle = session.cycle!.run();
  for (let turn = cycle.next(); !turn.done; ) {
    const { value: step } = turn;
    if (step.step === 'emit') outputs.push(step.output);
    turn = cycle.next(step.step === 'receive' ? replies.shift() : undefined);
  }
  return outputs;
}

/** Why that must not be said; undefined when it may. */
function whyWrong(outputs: readonly DriverOutput[]): string | undefined {
  const [output, ...more] = outputs;
  if (more.length > 0) return `${outputs.length} outputs`;
  if (!output) return undefined;
  if ('reading' in output) return whyNoReading(output.reading);
  if (!('fault' in output)) return 'neither a reading nor a fault';
  const { code, detail } = output.fault;
  if (code === 'card-unreadable') return /^text byte \d{1,3}$/.test(detail ?? '') ? undefined : `detail ${detail}`;
  return /^read: (no answer|SW3 [0-9a-f]{2})$/.test(detail ?? '') ? undefined : `${code} ${detail}`;
}

describe.each(people.map((person) => [person.id, person] as const))('the card of %s', (_, person) => {
  const whole = answerOf(cardText(person));

  test('with each byte changed to each value', () => {
    const wrong = new Set<string>();
    for (let at = 0; at < textAt + 256; at++)
      for (let value = 0; value < 256; value++) {
        const why = whyWrong(outputsFor(whole.with(at, value)));
        if (why !== undefined) wrong.add(`byte ${at} = ${value}: ${why}`);
      }
    expect([...wrong]).toEqual([]);
  });

  test('with each character changed to an awkward one', () => {
    const awkward = [
      0, 0x0a, 0x1b, 0x20, 0x7f, 0x85, 0xa0, 0x3000, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfeff, 0xfffd, 0xffff,
    ];
    const wrong = new Set<string>();
    for (let at = textAt; at < textAt + 256; at += 2)
      for (const unit of awkward) {
        const answer = Buffer.from(whole);
        answer.writeUInt16LE(unit, at);
        const why = whyWrong(outputsFor(answer));
        if (why !== undefined) wrong.add(`character ${(at - textAt) / 2} = ${unit.toString(16)}: ${why}`);
      }
    expect([...wrong]).toEqual([]);
  });

  test('cut at each length', () => {
    // In memory of its own: the driver wipes what it has decoded. One cut in the photo has all that is looked at.
    for (let length = 3; length < textAt + 256; length++)
      expect(outputsFor(Uint8Array.from(whole.subarray(0, length)))).toEqual([]);
    expect(outputsFor(Uint8Array.from(whole.subarray(0, textAt + 256)))).toMatchObject([{ reading: {} }]);
  });
});
