/** Plays what a lane says, as it is said. */
import { useEffect, useRef } from 'preact/hooks';
import type { LaneView } from '../lane/words.ts';
import { type Heard, hear } from './hear.ts';
import type { Sound } from './sound.ts';

export function useLaneSound(sound: Sound, said: LaneView['said'], isLive: boolean): void {
  const heard = useRef<Heard>(undefined);
  useEffect(() => {
    const { heard: now, plays } = hear(heard.current, said?.id, isLive);
    heard.current = now;
    if (plays && said) sound.play(said.tone);
  }, [sound, said?.id, isLive]);
}
