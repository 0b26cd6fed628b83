/** Lamps and buzzer: every tone but `noted` is told by two senses, and no two of them alike. */
import { expect, test } from 'vitest';
import { type Tone, tones } from '../../gateway/contract/lane.ts';
import { type SignalDevices, signal } from '../../gateway/lane-signals.ts';

type Sent = readonly [device: string, stepsMs: readonly number[]];

function sentFor(tone: Tone, devices: SignalDevices): readonly Sent[] {
  const sent: Sent[] = [];
  signal(
    async (device, name, args) => {
      expect(name).toBe('pattern');
      sent.push([device, (args as { stepsMs: number[] }).stepsMs]);
      return { status: 'refused', why: 'unknown-device' };
    },
    devices,
    tone,
  );
  return sent;
}
const all = { lamp: 'green', errorLamp: 'red', buzzer: 'buzzer' };

test.each<[Tone, readonly string[]]>([
  ['ok', ['green', 'buzzer']],
  ['full', ['green', 'buzzer']],
  ['repeat', ['green', 'buzzer']],
  ['question', ['red', 'buzzer']],
  ['refused', ['red', 'buzzer']],
  ['noted', []],
])('%s', (tone, devices) => {
  expect(sentFor(tone, all).map(([device]) => device)).toEqual(devices);
  // A lane without lamps has a screen.
  expect(sentFor(tone, {})).toEqual([]);
  expect(sentFor(tone, { buzzer: 'buzzer' }).map(([device]) => device)).toEqual(devices.slice(1));
});

test('no two tones sound or look alike, and each pattern is one that an indicator takes', () => {
  const heard = tones.map((tone) => new Map(sentFor(tone, all)).get('buzzer')).filter((steps) => steps !== undefined);
  expect(new Set(heard.map(String)).size).toBe(heard.length);
  for (const tone of tones)
    for (const [, steps] of sentFor(tone, all))
      for (const ms of steps) expect([tone, ms >= 10 && ms <= 5_000]).toEqual([tone, true]);
  const seen = tones.flatMap((tone) => sentFor(tone, all).slice(0, 1)).map(([lamp, steps]) => `${lamp} ${steps}`);
  expect(new Set(seen).size).toBe(seen.length);
});
