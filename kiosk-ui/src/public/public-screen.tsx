/**
 * The screen the queue sees: number of the place, surname and a star, an icon; gone after a few seconds, and nothing else
 * ever. The page clears it by itself: a message that does not come must not leave a name standing.
 */
import { useEffect, useState } from 'preact/hooks';
import type { PublicMessage } from '../../../gateway/contract/lane.ts';
import { LaneIcon } from '../lane/lane-icon.tsx';
import type { LaneIconName } from '../lane/lane-icons.ts';
import { visible } from '../text/format.ts';
import type { LaneTexts } from '../text/lane-catalogue.ts';
import '../style/lane.css';

export type PublicNews = Extract<PublicMessage, { type: 'person' | 'clear' }>;

/** No gateway may let a name stand longer. */
const clearsInMsMax = 5_000;

const look = {
  ok: { ground: 'good', icon: 'check' },
  wait: { ground: 'warn', icon: 'hand' },
  stop: { ground: 'bad', icon: 'cross' },
} as const satisfies Record<string, { ground: string; icon: LaneIconName }>;

/** `news`: the message that came last; each is an object of its own. */
export function PublicScreen({ news, t }: { news: PublicNews | undefined; t: LaneTexts }) {
  const [cleared, setCleared] = useState<PublicNews>();
  useEffect(() => {
    if (news?.type !== 'person') return;
    const timer = setTimeout(() => setCleared(news), Math.min(news.clearsInMs, clearsInMsMax));
    return () => clearTimeout(timer);
  }, [news]);
  if (news?.type !== 'person' || news === cleared)
    return (
      <main class="public" data-testid="public" aria-label={t.lastPerson}>
        <span class="public-rest" aria-hidden="true" />
      </main>
    );
  const { ground, icon } = look[news.icon];
  return (
    <main class={`public public-${news.icon} ground-${ground}`} data-testid="public" aria-label={t.lastPerson}>
      <div role="status" class="public-news">
        <LaneIcon name={icon} />
        <span class="hidden">{t.publicIcon[news.icon]}</span>
        {news.slot !== undefined && <span class="public-slot">{news.slot}</span>}
        <h1 class="public-name">{visible(news.shown)}</h1>
      </div>
    </main>
  );
}
