/** The sampler's home: the lane chosen for this screen, those somebody signed in on here, the only one, or the choice. */

import { useSource } from '../store.ts';
import { catalogues } from '../text/catalogue.ts';
import { Lanes, type LanesProps } from './lanes.tsx';
import { Menu } from './menu.tsx';

export function Home(props: Omit<LanesProps, 'ids'>) {
  const { hut, preferences } = props;
  const session = useSource(props.session);
  const { lane, language } = useSource(preferences);
  const [only, ...others] = hut.lanes;
  const chosen = hut.lanes.find(({ id }) => id === lane);
  if (chosen) return <Lanes {...props} ids={[chosen.id]} />;
  // Whose badge was scanned at a lane stands there.
  const mine = 'view' in session ? (session.view.mine ?? []).map(({ lane }) => lane) : [];
  if (mine.length > 0) return <Lanes {...props} ids={mine} />;
  if (only && others.length === 0) return <Lanes {...props} ids={[only.id]} />;
  return <Menu hut={hut} preferences={preferences} isTechnician={false} t={catalogues[language]} />;
}
