/** Always beside a word, so hidden from screen readers. */
import { type LaneIconName, laneIcons } from './lane-icons.ts';

export const LaneIcon = ({ name }: { name: LaneIconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={laneIcons[name]} />
  </svg>
);
