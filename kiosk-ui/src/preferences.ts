/**
 * Language, theme and the lane in front of this screen: one tap each, kept in the browser, the first two set on the
 * document for CSS and for screen readers. Nothing else of the page is ever kept there.
 */
import { createStore, type Store } from './store.ts';
import { type Language, languages } from './text/catalogue.ts';

export type Theme = 'day' | 'night';

export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
  /** Id of a lane; undefined: not chosen, or all of them. */
  readonly lane?: string | undefined;
}

const key = 'hutgate.preferences';

export type PreferencesStore = Store<Preferences, Partial<Preferences>>;

export function loadPreferences(): PreferencesStore {
  const store = createStore<Preferences, Partial<Preferences>>((old, change) => ({ ...old, ...change }), read());
  const apply = () => {
    const preferences = store.get();
    document.documentElement.lang = preferences.language;
    document.documentElement.dataset.theme = preferences.theme;
    localStorage.setItem(key, JSON.stringify(preferences));
  };
  store.subscribe(apply);
  apply();
  return store;
}

function read(): Preferences {
  const preferred: Theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'day';
  try {
    const { language, theme, lane } = JSON.parse(localStorage.getItem(key) ?? '{}');
    return {
      language: languages.includes(language) ? language : 'zh-CN',
      theme: theme === 'day' || theme === 'night' ? theme : preferred,
      ...(typeof lane === 'string' && { lane }),
    };
  } catch {
    return { language: 'zh-CN', theme: preferred };
  }
}
