/**
 * The page's sound (Web Audio API). A browser may hold it back until the page is touched: that state is visible, and the
 * first tap anywhere ends it. A kiosk's Chromium is started with --autoplay-policy=no-user-gesture-required.
 */
import type { Tone } from '../lane/words.ts';
import { createStore, type Source } from '../store.ts';
import { earcons } from './earcons.ts';

export type SoundState = 'blocked' | 'on' | 'absent';

export interface Sound extends Source<SoundState> {
  /** Nothing is kept for later: a tone that comes late says something wrong. */
  play(tone: Tone): void;
}

export function createSound(): Sound {
  const context = typeof AudioContext === 'undefined' ? undefined : new AudioContext({ latencyHint: 'interactive' });
  const stateNow = (): SoundState => (!context ? 'absent' : context.state === 'running' ? 'on' : 'blocked');
  const store = createStore<SoundState, SoundState>((_, next) => next, stateNow());
  if (context) {
    context.onstatechange = () => store.tell(stateNow());
    // Also later: a browser may suspend it again, and a tap is what wakes it.
    for (const touch of ['pointerup', 'keyup'])
      addEventListener(touch, () => void context.resume().catch(() => {}), true);
  }
  return {
    get: store.get,
    subscribe: store.subscribe,
    play: (tone) => {
      if (context?.state === 'running') sound(context, tone);
    },
  };
}

/** Loudness rises and falls within this time: without it every note begins with a click. */
const edgeSeconds = 0.008;

function sound(context: AudioContext, tone: Tone): void {
  for (const { hz, atMs, forMs, wave, loudness } of earcons[tone]) {
    const from = context.currentTime + atMs / 1_000;
    const to = from + forMs / 1_000;
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(loudness, from + edgeSeconds);
    gain.gain.setValueAtTime(loudness, to - edgeSeconds);
    gain.gain.linearRampToValueAtTime(0, to);
    const oscillator = new OscillatorNode(context, { type: wave, frequency: hz });
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(from);
    oscillator.stop(to);
  }
}
