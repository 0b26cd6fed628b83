import { expect, test } from 'vitest';
import { tones } from '../../../gateway/contract/lane.ts';
import { earcons } from '../../../kiosk-ui/src/sound/earcons.ts';
import { type Heard, hear } from '../../../kiosk-ui/src/sound/hear.ts';

/** `undefined`: not live. */
function heardOf(ids: readonly (number | undefined)[]): number[] {
  let heard: Heard;
  const played: number[] = [];
  for (const id of ids) {
    const next = hear(heard, id, id !== undefined);
    heard = next.heard;
    if (next.plays) played.push(id!);
  }
  return played;
}

test('each new saying is heard once', () => {
  expect(heardOf([0, 1, 1, 2, 2, 5])).toEqual([1, 2, 5]);
});

test('an old one is not: after a reload, after a stop, after the gateway started over', () => {
  expect(heardOf([7, 7])).toEqual([]);
  expect(heardOf([7, undefined, 9, 9, 10])).toEqual([10]);
  expect(heardOf([7, 8, undefined, 1, 2])).toEqual([8, 2]);
  expect(heardOf([7, 2, 3])).toEqual([3]);
  // Nothing said yet, then the first of all.
  expect(hear(hear(undefined, undefined, true).heard, 1, true).plays).toBe(true);
});

test('tones are told apart by more than pitch, and are over before the next person', () => {
  const shapes = tones.map((tone) => {
    const notes = earcons[tone];
    const rises = notes.slice(1).map(({ hz }, at) => Math.sign(hz - notes[at]!.hz));
    return JSON.stringify([notes.length, rises, notes[0]!.wave, Math.round(notes[0]!.forMs / 50)]);
  });
  expect(new Set(shapes).size).toBe(tones.length);
  for (const tone of tones) for (const { atMs, forMs } of earcons[tone]) expect(atMs + forMs).toBeLessThanOrEqual(800);
  // ok and refused are two octaves and more apart.
  expect(earcons.ok[0]!.hz / earcons.refused[0]!.hz).toBeGreaterThan(4);
});
