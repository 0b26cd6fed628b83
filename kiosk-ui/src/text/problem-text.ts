/** What went wrong with a request, in words: by its code, or the API's own English where there are none. */
import type { Problem } from '../shell/ask.ts';
import type { Catalogue } from './catalogue.ts';

export function problemText({ code, message }: Problem, t: Catalogue): string {
  return t.problem.get(code) ?? (message || code);
}
