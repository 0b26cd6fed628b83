/**
 * `hutgate demo --people-per-hour N`: a crowd over the lanes of the demo's hut, what it has come to every ten seconds, and
 * at the end whether the hut's hands and the centre agree on persons, tubes, boxes and events.
 */
import type { JWK } from 'jose';
import { systemClock } from '../../device-drivers/clock.ts';
import type { Central, CentralEvent } from '../../simulators/central.ts';
import { createSamplingLedger } from '../../simulators/central-sampling-ledger.ts';
import { type Comparison, compare } from '../../simulators/crowd/compare.ts';
import type { CrowdLane } from '../../simulators/crowd/sampler.ts';
import { createOpener } from '../../simulators/crowd/sealed.ts';
import { type Crowd, startCrowd } from '../../simulators/crowd.ts';
import type { Rack } from '../../simulators/rack.ts';
import type { Gateway } from '../main.ts';

export interface CrowdWatch {
  /** Of the central system: each event, once. */
  onEvent(event: CentralEvent, bytes: Uint8Array): void;
  /** What was in the store before is of another run. Rejects when nobody can sign in. */
  start(parts: CrowdParts): Promise<void>;
  /** Lets the last ones go and waits for the centre, not for ever. Resolves with true when all counts agree. */
  end(central: Central): Promise<boolean>;
}

export interface CrowdParts {
  readonly gateway: Gateway;
  readonly act: Rack['act'];
  readonly lanes: readonly CrowdLane[];
  readonly peoplePerHour: number;
}

const tellEveryMs = 10_000;
/** A person at a card reader takes a few seconds. */
const closeWithinMs = 15_000;
const lookEveryMs = 100;

export async function watchCrowd(privateKey: JWK, print: (line: string) => void): Promise<CrowdWatch> {
  const ledger = createSamplingLedger();
  const opener = await createOpener(privateKey);
  let from = Number.POSITIVE_INFINITY;
  let running: { readonly crowd: Crowd; readonly gateway: Gateway } | undefined;
  let telling: NodeJS.Timeout | undefined;
  const lastSeq = async (gateway: Gateway) => {
    const { streams } = await gateway.view.storeStatus();
    return streams.find(({ stream }) => stream === 'sampling')!.lastSeq;
  };
  const said = async () => compare(running!.crowd.books, ledger, await opener.identities());

  return {
    onEvent({ stream, epoch, seq, type }, bytes) {
      if (stream !== 'sampling' || seq < from) return;
      const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: Record<string, unknown> };
      ledger.note({ epoch, seq, type, data });
      opener.note(data);
    },
    async start({ gateway, ...parts }) {
      from = (await lastSeq(gateway)) + 1;
      const seed = Date.now() % 1_000_000;
      // Far more numbers a second than people come, also in a rush: a later run in the same hut begins behind this one.
      const first = Math.floor(Date.now() / 1_000) * Math.ceil(parts.peoplePerHour / 3_600) * 10;
      const crowd = await startCrowd({ ...parts, url: gateway.url, clock: systemClock, seed, first });
      running = { crowd, gateway };
      print(`  ${parts.peoplePerHour} people an hour walk through the lanes, seed ${seed}.\n`);
      const startMs = performance.now();
      telling = setInterval(() => {
        void said().then((so) => print(`  ${progressLine(performance.now() - startMs, crowd, so)}`));
      }, tellEveryMs);
    },
    async end(central) {
      clearInterval(telling);
      if (!running) return true;
      const { crowd, gateway } = running;
      const deadline = performance.now() + closeWithinMs;
      await within(closeWithinMs, crowd.close());
      crowd.stop();
      let recorded = (await lastSeq(gateway)) + 1 - from;
      while (ledger.events < recorded && performance.now() < deadline) {
        await within(lookEveryMs, never);
        recorded = (await lastSeq(gateway)) + 1 - from;
      }
      const comparison = await said();
      const { gaps, violations } = central.report();
      const differences = [
        ...comparison.differences,
        ...(ledger.events < recorded ? [`${recorded - ledger.events} events are not at the centre`] : []),
        ...(gaps > 0 ? [`${gaps} numbers are missing at the centre`] : []),
        ...(violations > 0 ? [`${violations} messages break the contract`] : []),
      ];
      print(summary(comparison, recorded, ledger.events, crowd.scanToScreenMs()));
      for (const difference of differences) print(`  DIFFERS: ${difference}`);
      if (differences.length === 0) print('  All of it agrees.\n');
      return differences.length === 0;
    },
  };
}

const never = new Promise<never>(() => {});

/** Waits for it, but no longer. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

const outcomesOf = ({ outcomes }: Comparison) =>
  Object.entries(outcomes)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');

function progressLine(runMs: number, crowd: Crowd, comparison: Comparison): string {
  const { arrived, waiting, tubes, boxes, backlog, slowestMs } = crowd.progress();
  const seconds = Math.round(runMs / 1_000);
  return [
    `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`,
    `${arrived} people, ${waiting} wait`,
    outcomesOf(comparison),
    `${tubes} tubes, ${boxes} boxes`,
    `backlog ${backlog ?? 'unknown'}`,
    `slowest scan to screen ${Math.round(slowestMs)} ms`,
    ...(comparison.differences.length > 0 ? [`${comparison.differences.length} DIFFERENCES`] : []),
  ].join(' | ');
}

function summary(comparison: Comparison, recorded: number, arrived: number, times: readonly number[]): string {
  const { persons, tubes, boxes } = comparison;
  const sorted = [...times].sort((a, b) => a - b);
  const share = (part: number) => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0);
  return [
    '',
    `  persons  hut ${persons.hut}, centre ${persons.central}: ${outcomesOf(comparison)}`,
    `  tubes    hut ${tubes.hut}, centre ${tubes.central}`,
    `  boxes    hut ${boxes.hut}, centre ${boxes.central}`,
    `  events   hut ${recorded}, centre ${arrived}`,
    `  scan to screen  p50 ${share(0.5)} ms, p99 ${share(0.99)} ms, ${times.length} scans`,
  ].join('\n');
}
