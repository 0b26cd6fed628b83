/**
 * What a screen may see of an event. Texts of the wire stand for themselves; words of the contract (`invalid`, `revoked`) and
 * what is left of a masked text go to the page as such, which says them in its language. A terminal gets English.
 */
import type { SummaryPart } from './contract/api.ts';

export interface Summary {
  readonly summary: string;
  /** Absent: the summary is the same in every language. */
  readonly parts?: readonly SummaryPart[];
}

export const summaryOf = (parts: readonly SummaryPart[]): Summary => ({
  summary: parts.map(english).join(' '),
  ...(!parts.every((part) => 'text' in part) && { parts }),
});

function english(part: SummaryPart): string {
  if ('text' in part) return part.text;
  return 'word' in part ? part.word : `${part.characters} characters ${part.tail}`;
}
