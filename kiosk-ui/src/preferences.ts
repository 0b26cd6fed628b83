/** Language and theme: one tap each, kept in the browser, set on the document for CSS and for screen readers. */

import { createStore, type Store } from './store.ts';
import { type Language, languages } from './text/catalogue.ts';

export type Theme = 'day' | 'night';

export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
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
    const { language, theme } = JSON.parse(localStorage.getItem(key) ?? '{}');
    return {
      language: languages.includes(language) ? language : 'zh-CN',
      theme: theme === 'day' || theme === 'night' ? theme : preferred,
    };
  } catch {
    return { language: 'zh-CN', theme: preferred };
  }
}
