import { expect, it } from 'vitest';
import { createSlabs, slabBytes } from '../../../gateway/store/slabs.ts';
import type { Batch } from '../../../gateway/store/store.ts';

const batchOf = (payload: Uint8Array): Batch => ({ stream: 'reading', first: 1, last: 1, count: 1, payload });
/** As it comes from the thread: other objects over the same memory. */
const fromThread = (slab: SharedArrayBuffer, at: number, text: string) => {
  const payload = new Uint8Array(structuredClone(slab), at, text.length);
  payload.set(Buffer.from(text));
  return batchOf(payload);
};
const text = ({ payload }: Batch) => Buffer.from(payload).toString();

it('a slab is used again when all of its payloads were given back', () => {
  const slabs = createSlabs();
  const slab = slabs.take()!;
  expect(slab.byteLength).toBe(slabBytes);
  const [first, second] = slabs.handOut(slab, [fromThread(slab, 0, 'one'), fromThread(slab, 3, 'two')]);
  expect([first, second].map((batch) => text(batch!))).toEqual(['one', 'two']);
  slabs.giveBack(first!.payload);
  expect(slabs.take()).not.toBe(slab);
  slabs.giveBack(second!.payload);
  expect(slabs.take()).toBe(slab);
});

it('without a slab, and for a payload that did not fit, the memory is the payload\u2019s own', () => {
  const slabs = createSlabs();
  const own = batchOf(new Uint8Array([1]));
  const slab = slabs.take()!;
  expect(slabs.handOut(slab, [own])).toEqual([own]);
  slabs.giveBack(own.payload);
  expect(slabs.take()).toBe(slab);
  expect(slabs.handOut(undefined, [own])).toEqual([own]);
});

it('there is an end to them', () => {
  const slabs = createSlabs();
  let taken = 0;
  while (slabs.take() !== undefined) taken += 1;
  expect(taken).toBeLessThan(20);
});
