/** Random sequences of operations, stops and crashes against a model a child could check by hand. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { streams } from '../../../gateway/contract/streams.ts';
import { draft, eventsOf, limits, open, tempDir, textOf } from './support/fixture.ts';

const stream = fc.constantFrom(...streams);
const op = fc.oneof(
  fc.record({ op: fc.constant('append' as const), streams: fc.array(stream, { maxLength: 5 }), bad: fc.boolean() }),
  fc.record({ op: fc.constant('confirm' as const), stream, upTo: fc.nat(12) }),
  fc.record({ op: fc.constant('sent' as const), stream, upTo: fc.nat(12) }),
  fc.record({
    op: fc.constant('batches' as const),
    stream,
    after: fc.nat(12),
    eventsMax: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ op: fc.constant('quarantine' as const), stream, seq: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ op: fc.constant('later' as const), ms: fc.constantFrom(1, 30_000, 61_000) }),
  fc.record({ op: fc.constant('restart' as const) }),
);

it('holds exactly what was committed, in order, each event with the bytes it was first sent with', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 40 }), (ops) => {
      const dir = tempDir();
      const clock = { ms: 100_000 };
      let store = open(dir, {}, clock);
      let n = 0;
      const rows = new Map(streams.map((name) => [name, new Map<number, number>()]));
      const last = { sampling: 0, reading: 0, audit: 0 };
      const confirmed = { sampling: 0, reading: 0, audit: 0 };
      /** What was put in a batch and, as far as `sent` said, may have reached somebody. */
      const sent = new Map(streams.map((name) => [name, new Map<number, string>()]));

      for (const act of ops) {
        const { database } = store;
        if (act.op === 'append') {
          const drafts = act.streams.map((name) => draft(name, ++n, { monoMs: clock.ms }));
          if (act.bad) drafts.push(draft('reading', ++n, { data: 'x' }));
          const [outcome] = database.append([{ drafts, moves: [] }]);
          expect('problem' in outcome!).toBe(act.bad);
          if (!act.bad) {
            for (const { stream: name, data } of drafts) {
              last[name] += 1;
              rows.get(name)!.set(last[name], JSON.parse(data).n);
            }
          }
        } else if (act.op === 'confirm') {
          database.confirm(act.stream, act.upTo);
          confirmed[act.stream] = Math.max(confirmed[act.stream], Math.min(act.upTo, last[act.stream]));
        } else if (act.op === 'sent') {
          const upTo = Math.max(act.upTo, confirmed[act.stream]);
          database.sent(act.stream, act.upTo);
          for (const seq of [...sent.get(act.stream)!.keys()]) if (seq > upTo) sent.get(act.stream)!.delete(seq);
        } else if (act.op === 'batches') {
          const made = database.batches(act.stream, act.after, { ...limits, eventsMax: act.eventsMax });
          const expected = [...rows.get(act.stream)!].filter(([seq]) => seq > act.after);
          expect(eventsOf(made).map((event) => [Number(event.seq), event.data.n])).toEqual(expected);
          for (const batch of made) {
            const seqs = eventsOf([batch]).map((event) => Number(event.seq));
            expect([batch.first, batch.last, batch.count]).toEqual([seqs[0], seqs.at(-1), seqs.length]);
          }
          for (const event of eventsOf(made)) {
            const text = JSON.stringify(event);
            const before = sent.get(act.stream)!.get(Number(event.seq));
            if (before !== undefined) expect(text).toBe(before);
            sent.get(act.stream)!.set(Number(event.seq), text);
          }
          expect(made.map(textOf)).toEqual(
            database.batches(act.stream, act.after, { ...limits, eventsMax: act.eventsMax }).map(textOf),
          );
        } else if (act.op === 'quarantine') {
          if (!rows.get(act.stream)!.has(act.seq)) continue;
          database.quarantine(act.stream, act.seq, 'test', draft('audit', ++n, { monoMs: clock.ms }));
          rows.get(act.stream)!.delete(act.seq);
          last.audit += 1;
          rows.get('audit')!.set(last.audit, n);
        } else if (act.op === 'later') {
          clock.ms += act.ms;
        } else {
          database.close();
          store.release();
          store = open(dir, {}, clock);
        }
        expect(store.database.last()).toEqual(last);
        for (const status of store.database.status().streams) {
          expect(status.confirmedSeq).toBe(confirmed[status.stream]);
          const pending = [...rows.get(status.stream)!.keys()].filter((seq) => seq > confirmed[status.stream]);
          expect(status.pending).toBe(pending.length);
        }
      }
      store.database.close();
      store.release();
    }),
    { numRuns: 60 },
  );
});
