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
});
