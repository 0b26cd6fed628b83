/**
 * What a sampler hears, as notes: told apart by number, direction and colour of the notes and not by pitch alone, since
 * huts are loud and hats cover ears. Short: the next person comes in seven seconds.
 */
import type { Tone } from '../lane/words.ts';

export interface Note {
  readonly hz: number;
  readonly atMs: number;
  readonly forMs: number;
  readonly wave: OscillatorType;
  /** 0 to 1 */
  readonly loudness: number;
}

const note = (hz: number, atMs: number, forMs: number, wave: OscillatorType = 'sine', loudness = 0.6): Note => ({
  ...{ hz, atMs, forMs, wave, loudness },
});

export const earcons: Readonly<Record<Tone, readonly Note[]>> = {
  /** One high, clear note. */
  ok: [note(1_568, 0, 110)],
  /** Three rising notes: something is complete. */
  full: [note(1_047, 0, 120), note(1_319, 140, 120), note(1_568, 280, 260)],
  /** One low, soft tick. */
  noted: [note(523, 0, 60, 'sine', 0.4)],
  /** The same dull tick twice. */
  repeat: [note(660, 0, 70, 'triangle', 0.6), note(660, 130, 70, 'triangle', 0.6)],
  /** Two notes upwards, as a voice asks. */
  question: [note(784, 0, 160, 'triangle'), note(1_175, 180, 240, 'triangle')],
  /** A long, rough, low buzz, twice. */
  refused: [note(147, 0, 280, 'sawtooth', 0.8), note(147, 360, 380, 'sawtooth', 0.8)],
};
