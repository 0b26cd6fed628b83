/**
 * The store for whoever has nothing of their own to show: what it commits is told, in the order of its numbers. Readings
 * and sampling tell theirs themselves, with a masked summary; nothing that is in the store is left out of the live feed.
 */
import type { CommittedView, SummaryPart } from './contract/api.ts';
import type { Committed, EventDraft, Store } from './store/store.ts';
import { summaryOf } from './summary.ts';

/** By type, the members of `data` that a screen may show: codes, ids and words of the contract. Of other types nothing. */
const shownMembers: ReadonlyMap<string, readonly string[]> = new Map([
  ['sampling.label-printed', ['lane', 'code', 'outcome', 'fault']],
  ['audit.operator-signed-in', ['lane', 'operator']],
  ['audit.operator-signed-out', ['lane', 'operator', 'reason']],
  ['audit.sign-in-refused', ['lane', 'operator', 'reason']],
  ['audit.config-applied', ['source', 'status', 'version']],
  ['audit.clock-adjusted', ['before', 'after']],
  ['audit.event-quarantined', ['stream', 'firstSeq', 'lastSeq']],
  ['audit.command-executed', ['name', 'status']],
]);

/** Members whose values are words of the contract, or fault codes. */
const words: ReadonlySet<string> = new Set(['outcome', 'fault', 'reason', 'source', 'status', 'before', 'after']);

export function committedView({ type, data, time }: EventDraft, { stream, seq }: Committed): CommittedView {
  const members = new Map(Object.entries(JSON.parse(data) as Record<string, unknown>));
  const device = members.get('device');
  const shown = (shownMembers.get(type) ?? []).flatMap((name): SummaryPart[] => {
    const value = members.get(name);
    if (value === undefined) return [];
    return [words.has(name) ? { word: String(value) } : { text: String(value) }];
  });
  return {
    ...{ stream, seq, eventType: type, at: time, ...summaryOf(shown) },
    ...(typeof device === 'string' && { device }),
  };
}

/** `tell` comes before whoever waits for the commit goes on. */
export function toldStore<S extends Pick<Store, 'append' | 'quarantine' | 'onCommitted'>>(
  store: S,
  tell: (events: readonly CommittedView[]) => void,
): S {
  let lastAudit = 0;
  store.onCommitted(({ audit }) => {
    lastAudit = audit;
  });
  return {
    ...store,
    append: (drafts, moves) =>
      store.append(drafts, moves).then((numbers) => {
        if (drafts.length > 0) tell(drafts.map((draft, index) => committedView(draft, numbers[index]!)));
        return numbers;
      }),
    quarantine: (stream, seq, reason, audit) =>
      store.quarantine(stream, seq, reason, audit).then(() => {
        // Its number is the last one of this very commit: the next one is another message of the store's thread.
        tell([committedView(audit, { stream: 'audit', seq: lastAudit })]);
      }),
  };
}
