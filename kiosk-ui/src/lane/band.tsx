/** The outcome of the last scan or tap, across the whole width. It stays until the next one: a glance may come late. */
import { LaneIcon } from './lane-icon.tsx';
import type { BandLook } from './look.ts';

export const Band = ({ look: { ground, icon, word, text, todo }, id }: { look: BandLook; id: number | undefined }) => (
  <div class={`band ground-${ground}`} role="status" aria-live="assertive" data-testid="band" data-said={id ?? 'none'}>
    <LaneIcon name={icon} />
    <p class="band-text">
      <strong>{word}</strong>
      {text !== '' && <span class="band-saying">{text}</span>}
      {todo !== '' && <span class="band-todo">{todo}</span>}
    </p>
  </div>
);
