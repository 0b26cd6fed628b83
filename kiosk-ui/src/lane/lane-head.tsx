/** One line above everything: which lane, who works here, and what is wrong around it. The name of the site is in the bar above. */
import type { Hut } from '../hut.ts';
import type { SoundState } from '../sound/sound.ts';
import { visible } from '../text/format.ts';
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { clockOn, tail } from '../text/lane-format.ts';
import { LaneIcon } from './lane-icon.tsx';
import type { LaneIconName } from './lane-icons.ts';
import type { Ground } from './look.ts';
import type { LaneView } from './words.ts';

interface Chip {
  readonly ground: Ground;
  readonly icon: LaneIconName;
  readonly word: string;
  /** Gives way to any other where there is little room. */
  readonly isQuiet?: true;
}

export function LaneHead({ lane, hut, sound, t }: { lane: LaneView; hut: Hut; sound: SoundState; t: LaneTexts }) {
  return (
    <header class="lane-head">
      <h2>{t.laneName(lane.id)}</h2>
      {lane.operator !== undefined && <span class="operator">{visible(lane.operator)}</span>}
      {lane.session && <span class="today">{t.today(String(lane.session.persons), String(lane.session.tubes))}</span>}
      <ul class="chips">
        {chipsOf(lane, hut, sound, t).map(({ ground, icon, word, isQuiet }) => (
          <li key={word} class={`chip ground-${ground} ${isQuiet ? 'gives-way' : ''}`}>
            <LaneIcon name={icon} />
            {word}
          </li>
        ))}
      </ul>
    </header>
  );
}

function chipsOf(lane: LaneView, hut: Hut, sound: SoundState, t: LaneTexts): readonly Chip[] {
  const chips: Chip[] = [];
  for (const device of hut.devices)
    if (device.lane === lane.id && device.state !== 'ready') {
      const kind = t.device.get(device.kind) ?? visible(device.kind);
      chips.push({ ground: 'bad', icon: 'unplugged', word: t.deviceTrouble(kind) });
    }
  if (sound === 'blocked') chips.push({ ground: 'warn', icon: 'mute', word: t.soundBlocked });
  if (sound === 'absent') chips.push({ ground: 'warn', icon: 'mute', word: t.soundAbsent });
  const oldest = hut.sampling?.oldestTube;
  if (oldest && oldest.level !== 'ok')
    chips.push({
      ground: oldest.level === 'red' ? 'bad' : 'warn',
      icon: 'clock',
      word: t.oldestTube(Math.floor(oldest.ageMs / 60_000)),
    });
  const { samplingTimes } = lane;
  if (samplingTimes) {
    const { at, present, next } = samplingTimes;
    if (present)
      chips.push({ ground: 'off', icon: 'clock', word: t.samplingUntil(clockOn(present.to, at)), isQuiet: true });
    else chips.push({ ground: 'warn', icon: 'clock', word: t.outsideTimes(next && clockOn(next.from, at)) });
  }
  if (lane.label.failed !== undefined) chips.push({ ground: 'warn', icon: 'printer', word: t.labelFailed });
  else if (lane.label.waiting > 1)
    chips.push({ ground: 'warn', icon: 'printer', word: t.labelWaiting(lane.label.waiting) });
  const [next, ...more] = lane.label.unchecked ?? [];
  if (next !== undefined)
    chips.push({ ground: 'warn', icon: 'printer', word: t.labelUnchecked(tail(next), more.length) });
  return chips;
}
