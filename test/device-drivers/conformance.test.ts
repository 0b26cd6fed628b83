/**
 * What every driver owes, checked over the registry: its files by their names, its faults in the table, its options
 * described, and a framing that neither the cutting of the stream nor noise can mislead.
 */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { Driver, DriverSession } from '../../device-drivers/driver.ts';
import { faults } from '../../device-drivers/faults.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { seededRandom } from '../../simulators/random.ts';
import { simulators } from '../../simulators/registry.ts';
import type { DriverVectors } from '../support/driver-vectors.ts';
import { cutAt, feed } from '../support/framing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const filesIn = (folder: string) => readdirSync(root + folder).map((file) => file.replace(/\.ts$/, ''));
/** Frames are compared as text: they may be bytes, or objects with bytes in them. */
const shown = (frames: readonly unknown[]) =>
  frames.map((frame) =>
    JSON.stringify(frame, (_, v) => (v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v)),
  );
const noiseBytes = 200_000;
const heldBytesLimit = 8_192;

/** An answer in the chunks in which its transport gives it at best. */
const chunksOf = (answer: Uint8Array, reportBytes = answer.length) =>
  Array.from({ length: answer.length / reportBytes }, (_, at) =>
    answer.subarray(at * reportBytes, (at + 1) * reportBytes),
  );

/** A session whose first question has been asked: some framings know a frame only as the answer to one. */
function listening(driver: Driver, options: unknown): DriverSession<unknown> {
  const session = driver.session(driver.options.parse(options ?? {}), { monotonicMs: () => 0 });
  const asking = session.identify?.() ?? session.cycle?.run();
  for (let turn = asking?.next(); turn && !turn.done && turn.value.step !== 'receive'; ) turn = asking!.next(undefined);
  return session;
}

describe('the registries', () => {
  test('name every driver and every simulator by its file', () => {
    expect([...drivers.keys()].sort()).toEqual(filesIn('device-drivers/drivers').sort());
    expect([...simulators.keys()].sort()).toEqual(filesIn('simulators/devices').sort());
  });

  test('have a simulator for every driver', () => {
    expect([...drivers.keys()].filter((name) => !simulators.has(name))).toEqual([]);
  });
});

describe.each([...drivers.values()].map((driver) => [driver.name, driver] as const))('%s', (name, driver) => {
  test.each([`test/vectors/${name}.ts`, `test/device-drivers/drivers/${name}.test.ts`])('has %s', (path) =>
    expect(existsSync(root + path)).toBe(true),
  );

  test('declares only faults that are in the table', () => {
    expect(driver.faults.filter((code) => !Object.hasOwn(faults, code))).toEqual([]);
  });

  test('is frozen, says what it is and which transports carry it', () => {
    expect(Object.isFrozen(driver)).toBe(true);
    expect(driver.describe).not.toBe('');
    expect(driver.transports.length).toBeGreaterThan(0);
  });

  test('describes every option, and its defaults are options', () => {
    const shape: Readonly<Record<string, z.core.$ZodType>> = driver.options.shape;
    const undescribed = Object.entries(shape).filter(([, option]) => !(option as z.ZodType).description);
    expect(undescribed.map(([key]) => key)).toEqual([]);
    for (const [key, option] of Object.entries(shape)) {
      if (!(option as z.ZodType).safeParse(undefined).success) continue;
      const value = (option as z.ZodType).parse(undefined);
      if (value !== undefined) expect([key, (option as z.ZodType).safeParse(value).success]).toEqual([key, true]);
    }
    expect(driver.options.safeParse({ 'no-such-option': 1 }).success).toBe(false);
  });

  describe('framing', async () => {
    const path = `../vectors/${name}.ts`;
    const vectors: DriverVectors = existsSync(`${root}test/vectors/${name}.ts`) ? (await import(path)).conformance : [];

    test('has vectors', () => expect(vectors.flatMap(({ fromDevice }) => fromDevice).length).toBeGreaterThan(0));

    test('finds a frame in each answer', () => {
      for (const { options, fromDevice, reportBytes } of vectors) {
        const chunks = fromDevice.flatMap((answer) => chunksOf(answer, reportBytes));
        const { frames } = feed(listening(driver, options).framing, chunks);
        expect(frames.length).toBeGreaterThanOrEqual(fromDevice.length);
      }
    });

    test('finds the same frames however the stream is cut', () => {
      for (const { options, fromDevice, reportBytes } of vectors) {
        // Of a report a transport gives all or nothing.
        if (reportBytes) continue;
        const stream = Buffer.concat(fromDevice);
        const whole = feed(listening(driver, options).framing, fromDevice);
        fc.assert(
          fc.property(fc.array(fc.nat(), { maxLength: 60 }), (places) => {
            const cut = feed(listening(driver, options).framing, cutAt(stream, places));
            expect([shown(cut.frames), cut.discarded]).toEqual([shown(whole.frames), whole.discarded]);
          }),
          { numRuns: 50 },
        );
        const single = feed(listening(driver, options).framing, cutAt(stream, [...stream.keys()]));
        expect(shown(single.frames)).toEqual(shown(whole.frames));
      }
    });

    test.each([1, 2, 3])('is neither overrun nor misled by 200 kB of noise (seed %i)', (seed) => {
      const random = seededRandom(seed, name);
      const noise = Uint8Array.from({ length: noiseBytes }, () => random() * 256);
      for (const { options, fromDevice, reportBytes } of vectors) {
        for (const answer of fromDevice) {
          const chunks = chunksOf(answer, reportBytes);
          const { framing } = listening(driver, options);
          const cuts = Array.from({ length: 500 }, () => Math.floor(random() * noiseBytes));
          const { heldBytesMax } = feed(framing, cutAt(noise, cuts));
          expect(heldBytesMax).toBeLessThanOrEqual(heldBytesLimit);
          expect(framing.heldBytes).toBe(0);
          const alone = feed(listening(driver, options).framing, chunks);
          expect(shown(feed(framing, chunks).frames)).toEqual(shown(alone.frames));
        }
      }
    });
  });
});
