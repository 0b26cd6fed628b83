/**
 * Ten million random and mutated bytes into each driver's framing and decoding: nothing throws, nothing is hoarded, no
 * reading comes out that could not be one, and the valid frames that follow are found.
 * `FUZZ_BYTES` sets another amount, `FUZZ_SEED` repeats a run.
 */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DriverOutput, DriverSession } from '../../device-drivers/driver.ts';
import type { FaultCode } from '../../device-drivers/faults.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { seededRandom } from '../../simulators/random.ts';
import { simulators } from '../../simulators/registry.ts';
import type { DriverVectors } from '../support/driver-vectors.ts';
import { feed } from '../support/framing.ts';
import { type Exercise, exercise } from './exercise.ts';
import { almostFrames } from './mutate.ts';
import { whyNoReading } from './reading-checks.ts';

const bytesPerDriver = Number(process.env.FUZZ_BYTES ?? 10_000_000);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
/** So often in between, the golden frames have to be found. */
const rounds = 10;
const heldBytesLimit = 8_192;
/** Of each round go into a second framing too, one that only listens. */
const listenedBytes = 100_000;

const shown = (frames: readonly unknown[]) =>
  frames.map((frame) =>
    JSON.stringify(frame, (_, v) => (v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v)),
  );

/** Of the simulated device, where its options need not be given. */
function descriptorOf(name: string): Uint8Array | undefined {
  const simulator = simulators.get(name);
  const options = simulator?.options.safeParse({});
  return options?.success ? simulator?.hid?.(options.data).reportDescriptor : undefined;
}

const chunksOf = (answer: Uint8Array, reportBytes = answer.length) =>
  Array.from({ length: Math.ceil(answer.length / reportBytes) }, (_, at) =>
    answer.subarray(at * reportBytes, (at + 1) * reportBytes),
  );

function listening(connect: () => Exercise): DriverSession<unknown> {
  const fresh = connect();
  fresh.startAnew();
  return fresh.session;
}

console.log(`seed ${seed} (FUZZ_SEED=${seed} repeats it), ${bytesPerDriver} bytes for each driver`);

describe.each([...drivers.values()].map((driver) => [driver.name, driver] as const))('%s', async (name, driver) => {
  const path = new URL(`../vectors/${name}.ts`, import.meta.url);
  const mayRaise = new Set<FaultCode>([...driver.faults, 'no-reply']);
  const vectors: DriverVectors = existsSync(path) ? (await import(path.href)).conformance : [];

  test('takes anything', { timeout: 300_000 }, () => {
    expect(vectors.length).toBeGreaterThan(0);
    const outputs = new Map<string, number>();
    let found = 0;
    const judge = (output: DriverOutput) => {
      const [kind = ''] = Object.keys(output);
      outputs.set(kind, (outputs.get(kind) ?? 0) + 1);
      const why = 'reading' in output ? whyNoReading(output.reading) : undefined;
      if (why !== undefined) throw new Error(`a reading with ${why}`);
      const fault = 'fault' in output ? output.fault : 'condition' in output ? output.condition : null;
      if (fault && !mayRaise.has(fault.code)) throw new Error(`${fault.code} is not declared`);
    };
    for (const [index, { options, fromDevice, reportBytes }] of vectors.entries()) {
      const random = seededRandom(seed, `${name}/${index}`);
      const piece = almostFrames(fromDevice, random);
      for (let round = 0; round < rounds; round++) {
        // Every second connection knows what the device says of itself, where it says anything.
        const descriptor = round % 2 === 0 ? undefined : descriptorOf(name);
        const connect = () => exercise(driver, options, descriptor, judge);
        const driven = connect();
        // One that has asked its first question and hears nothing else: what it must find afterwards is known.
        const { framing } = listening(connect);
        let left = bytesPerDriver / rounds / vectors.length;
        while (left > 0) {
          const bytes = piece();
          left -= bytes.length;
          for (let at = 0; at < bytes.length; ) {
            // Of a report a transport gives all or nothing, but a device may send one of any length.
            const isReport = reportBytes !== undefined && random() < 0.9;
            const end = at + (isReport ? reportBytes : 1 + Math.floor(random() ** 3 * 700));
            const chunk = bytes.subarray(at, end);
            driven.feed(chunk);
            if (left < listenedBytes) framing.push(chunk);
            if (Math.max(framing.heldBytes, driven.session.framing.heldBytes) > heldBytesLimit)
              throw new Error(`more than ${heldBytesLimit} bytes are held`);
            at = end;
          }
          if (random() < 0.05) driven.silence();
        }
        driven.startAnew();
        framing.flush();
        expect([driven.session.framing.heldBytes, framing.heldBytes]).toEqual([0, 0]);
        for (const answer of fromDevice) {
          const chunks = chunksOf(answer, reportBytes);
          const alone = feed(listening(connect).framing, chunks).frames;
          expect(shown(feed(framing, chunks).frames)).toEqual(shown(alone));
          found += alone.length;
        }
      }
    }
    expect(found).toBeGreaterThan(0);
    console.log(`${name}: ${[...outputs].map(([kind, count]) => `${count} × ${kind}`).join(', ') || 'nothing said'}`);
  });

  const descriptor = descriptorOf(name);
  if (descriptor === undefined) return;
  test('takes any report descriptor', () => {
    const random = seededRandom(seed, `${name}/descriptor`);
    const piece = almostFrames([descriptor], random);
    const reports = vectors.flatMap((vector) =>
      vector.fromDevice.flatMap((answer) => chunksOf(answer, vector.reportBytes)),
    );
    for (let left = 5_000; left > 0; left--) {
      const driven = exercise(driver, vectors[0]?.options, piece().subarray(0, 4096), (output) => {
        const why = 'reading' in output ? whyNoReading(output.reading) : undefined;
        if (why !== undefined) throw new Error(`a reading with ${why}`);
      });
      driven.feed(reports[left % reports.length]!);
      driven.silence();
    }
  });
});
