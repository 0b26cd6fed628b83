/** The masked summary of an event in the page's language. What came over a wire stays text, with nothing hidden in it. */
import type { CommittedView, SummaryPart } from '../../../gateway/contract/api.ts';
import type { Catalogue } from './catalogue.ts';
import { visible } from './format.ts';

export function summaryText({ summary, parts }: Pick<CommittedView, 'summary' | 'parts'>, t: Catalogue): string {
  return parts ? parts.map((part) => partText(part, t)).join(' ') : visible(summary);
}

function partText(part: SummaryPart, t: Catalogue): string {
  if ('text' in part) return visible(part.text);
  if ('word' in part) return t.word.get(part.word) ?? t.faults.get(part.word)?.means ?? visible(part.word);
  return t.masked(part.characters, visible(part.tail));
}
