import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOutbox } from '../../../gateway/api/outbox.ts';
import type { LiveMessage } from '../../../gateway/contract/api.ts';
import { streams } from '../../../gateway/contract/streams.ts';
import { fakeDevice } from '../../support/fake-hut.ts';

const event = (stream: (typeof streams)[number], seq: number) => ({
  stream,
  seq,
  eventType: 'reading.scanned',
  at: '2022-11-07T07:13:08.412+08:00',
  summary: `T${seq}`,
});

test('every event is shown or counted, whatever comes and however seldom it is taken', () => {
  const step = fc.oneof(
    fc.record({ stream: fc.constantFrom(...streams), events: fc.integer({ min: 1, max: 40 }) }),
    fc.constant('take' as const),
  );
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 8 }), (steps, eventsMax) => {
      const outbox = createOutbox({ eventsMax });
      const last = { sampling: 0, reading: 0, audit: 0 };
      const taken: LiveMessage[] = [];
      const take = () => {
        const messages = outbox.take();
        expect(messages.length).toBeLessThanOrEqual(eventsMax + streams.length);
        taken.push(...messages);
      };
      for (const next of steps) {
        if (next === 'take') take();
        else {
          const events = Array.from({ length: next.events }, () => event(next.stream, ++last[next.stream]));
          outbox.add({ type: 'committed', events });
        }
      }
      take();
      for (const stream of streams) {
        const mine = taken.filter((m) => (m.type === 'committed' || m.type === 'missed') && m.stream === stream);
        const told = mine.map((m) =>
          m.type === 'committed'
            ? { n: 1, seq: m.seq }
            : m.type === 'missed'
              ? { n: m.count, seq: m.upTo }
              : { n: 0, seq: 0 },
        );
        expect(told.reduce((sum, { n }) => sum + n, 0)).toBe(last[stream]);
        // What was counted comes before what is shown: the page's cursor only ever goes up.
        expect(told.map(({ seq }) => seq)).toEqual(told.map(({ seq }) => seq).sort((a, b) => a - b));
      }
      expect(outbox.take()).toEqual([]);
    }),
  );
});

test('of a device only the latest state waits', () => {
  const outbox = createOutbox({ eventsMax: 5 });
  for (let i = 0; i < 1000; i++)
    outbox.add({
      type: 'device',
      device: fakeDevice('card-1', 'id-reader', 'id-sam', { state: i % 2 ? 'ready' : 'missing' }),
    });
  expect(outbox.take()).toMatchObject([{ type: 'device', device: { id: 'card-1', state: 'ready' } }]);
});
