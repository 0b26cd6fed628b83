/** What a page may know before anybody has signed in: on which lane a badge was scanned. From the public feed, second by second. */
import { useEffect, useState } from 'preact/hooks';
import type { PublicMessage, SignInView } from '../../../gateway/contract/lane.ts';
import { followFeed } from '../live.ts';

/** undefined: the hut cannot be reached now. */
export type LaneSigns = SignInView['lanes'] | undefined;

export function useLaneSigns(known: SignInView['lanes']): LaneSigns {
  const [signs, setSigns] = useState<LaneSigns>(known);
  useEffect(
    () =>
      followFeed<PublicMessage>({
        path: '/api/public',
        query: () => ({}),
        message: (message) => message.type === 'pulse' && setSigns(message.lanes),
        closed: () => setSigns(undefined),
      }),
    [],
  );
  return signs;
}
