/** A state, three ways at once: colour, icon and word. */
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

export const StateBadge = ({ tone, icon, word }: { tone: Tone; icon: IconName; word: string }) => (
  <span class={`badge tone-${tone}`}>
    <Icon name={icon} />
    {word}
  </span>
);
