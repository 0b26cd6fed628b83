/** The screen for the queue with its own feed: no sign-in, and nothing on it when the hut cannot be reached. */
import { useEffect, useState } from 'preact/hooks';
import type { PublicMessage } from '../../../gateway/contract/lane.ts';
import { followFeed } from '../live.ts';
import { type PublicNews, PublicScreen } from '../public/public-screen.tsx';
import type { LaneTexts } from '../text/lane-catalogue.ts';

export function PublicPage({ lane, t }: { lane: string; t: LaneTexts }) {
  const [news, setNews] = useState<PublicNews | undefined>();
  useEffect(
    () =>
      followFeed<PublicMessage>({
        path: '/api/public',
        query: () => ({ lane }),
        message: (message) => message.type !== 'pulse' && setNews(message),
        closed: () => setNews(undefined),
      }),
    [lane],
  );
  return <PublicScreen news={news} t={t} />;
}
