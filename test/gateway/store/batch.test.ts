import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cut, payloadBytes, uniformParts } from '../../../gateway/store/batch.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });
const limitsOf = fc.record({
  eventsMax: fc.integer({ min: 1, max: 8 }),
  payloadBytesMax: fc.integer({ min: 2, max: 120 }),
  batchesMax: fc.constant(99),
});
const jsonOf = (events: readonly { bytes: number }[]) => `[${events.map(({ bytes }) => 'x'.repeat(bytes)).join(',')}]`;

it('batches hold all events in order, within both limits, and none could take one more', () => {
  fc.assert(
    fc.property(sizes, limitsOf, (bytes, limits) => {
      const events = bytes.map((size) => ({ bytes: size }));
      const batches = cut(events, limits, true);
      expect(batches.flat()).toEqual(events);
      for (const [index, batch] of batches.entries()) {
        expect(payloadBytes(batch)).toBe(jsonOf(batch).length);
        expect(batch.length).toBeLessThanOrEqual(limits.eventsMax);
        if (batch.length > 1) expect(payloadBytes(batch)).toBeLessThanOrEqual(limits.payloadBytesMax);
        const next = batches[index + 1]?.[0];
        const full = batch.length === limits.eventsMax;
        if (next && !full) expect(payloadBytes([...batch, next])).toBeGreaterThan(limits.payloadBytesMax);
      }
    }),
  );
});

it('what may still grow is kept back: seen piece by piece, the batches are the same', () => {
  fc.assert(
    fc.property(sizes, limitsOf, fc.nat(60), (bytes, limits, seen) => {
      const events = bytes.map((size) => ({ bytes: size }));
      const early = cut(events.slice(0, seen), limits, seen >= events.length);
      const rest = cut(events.slice(early.flat().length), limits, true);
      expect([...early, ...rest]).toEqual(cut(events, limits, true));
    }),
  );
});

it('uniform parts hold all events in order', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), (flags) => {
      const parts = uniformParts(flags, (flag) => flag);
      expect(parts.flat()).toEqual(flags);
      for (const [index, part] of parts.entries()) {
        expect(new Set(part).size).toBe(1);
        if (index > 0) expect(part[0]).not.toBe(parts[index - 1]![0]);
      }
    }),
  );
});
