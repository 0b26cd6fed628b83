/** A reader leaves out a card that it read just before; whether the lane had taken it, only the lane knows. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Reading } from '../../device-drivers/driver.ts';
import { createLaneBench, type LaneBench } from '../support/lane-bench.ts';

const card: Reading = {
  ...{ type: 'identity', source: 'card', idType: '01', idNumber: '410199199003070018', name: '张三' },
  checks: { number: 'ok', expiry: 'unknown' },
} as Reading;

describe('a card that is laid down again', () => {
  let bench: LaneBench;
  beforeEach(async () => {
    bench = createLaneBench();
    await bench.signIn('lane-1', 'op-1');
  });
  afterEach(() => bench.sampling().stop());

  const lay = async () => {
    bench.sampling().accept('lane-1/card', card, { wallMs: 0, monoMs: 0 });
    await bench.sampling().settled();
    return bench.view('lane-1').said;
  };
  /** The reader has seen it just before. */
  const layAgain = async () => {
    bench.sampling().repeated('lane-1/card');
    await bench.sampling().settled();
    return bench.view('lane-1').said;
  };
  const people = () => bench.log.filter(({ type }) => type === 'sampling.person-added').length;

  test('is not "recorded already" when the lane had refused it', async () => {
    expect(await lay()).toMatchObject({ tone: 'refused', code: 'scan-tube-first' });
    await bench.scan('lane-1', 'T0000000001');
    expect(await layAgain()).toMatchObject({ tone: 'ok', code: 'person-added' });
    expect(people()).toBe(1);
    expect(await layAgain()).toMatchObject({ tone: 'repeat', code: 'same-code' });
    expect(people()).toBe(1);
  });

  test('is answered by what is on the screen while nothing has changed', async () => {
    const refused = await lay();
    expect(await layAgain()).toBe(refused);
    await bench.scan('lane-1', 'T0000000001');
    await layAgain();
    expect(people()).toBe(1);
  });

  test('is refused again, and can still be laid down again, when something else is in the way', async () => {
    await lay();
    await bench.scan('lane-1', 'HUTGATE:SINGLE');
    expect(await layAgain()).toMatchObject({ tone: 'refused', code: 'scan-tube-first' });
    await bench.scan('lane-1', 'T0000000001');
    expect(await layAgain()).toMatchObject({ tone: 'full', code: 'tube-full' });
    expect(people()).toBe(1);
  });

  test('a command that the scanner left out is not silence when a card has asked something since', async () => {
    await bench.scan('lane-1', 'T0000000001');
    await lay();
    await bench.scan('lane-1', 'HUTGATE:CLOSE-TUBE');
    await bench.scan('lane-1', 'T0000000002');
    bench.sampling().repeated('lane-1/scanner');
    await bench.sampling().settled();
    expect(bench.view('lane-1').said).toMatchObject({ code: 'same-code' });
    expect(await lay()).toMatchObject({ tone: 'question', code: 'sampled-earlier' });
    // The card asked: the scanner's last word is older than the question.
    bench.sampling().repeated('lane-1/scanner');
    await bench.sampling().settled();
    expect(bench.view('lane-1')).toMatchObject({
      said: { tone: 'repeat', code: 'same-code' },
      question: { code: 'sampled-earlier' },
    });
    expect(await bench.scan('lane-1', 'HUTGATE:NO')).toMatchObject({ code: 'cancelled' });
    const asked = await lay();
    expect(asked).toMatchObject({ tone: 'question', code: 'sampled-earlier' });
    // The reader's own second look at the same card is no answer, and nobody needs to hear of it.
    expect(await layAgain()).toBe(asked);
    expect(people()).toBe(1);
  });
});
