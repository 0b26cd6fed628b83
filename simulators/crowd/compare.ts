/** The hut's hands against the centre's ledger, at the level of persons, tubes and boxes. Pure. Names no person: counts and codes only. */
import type { PersonOutcome, SamplingLedger } from '../central-sampling-ledger.ts';
import type { Books, Outcome } from './books.ts';
import type { Identity } from './people.ts';

export interface Comparison {
  readonly persons: { readonly hut: number; readonly central: number };
  /** Of persons, by how they ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly tubes: { readonly hut: number; readonly central: number };
  readonly boxes: { readonly hut: number; readonly central: number };
  readonly differences: readonly string[];
}

type Compared = Pick<SamplingLedger, 'persons' | 'tubes' | 'boxes' | 'differences'>;

/** `identities`: by reference, of the sealed parts that the centre opened. */
export function compare(
  books: Pick<Books, 'outcomes' | 'tubes' | 'inTube' | 'boxes' | 'oddities'>,
  ledger: Compared,
  identities: ReadonlyMap<string, ReadonlySet<Identity>>,
): Comparison {
  const differences = [...books.oddities().map((odd) => `hut: ${odd}`), ...ledger.differences()];
  const persons = ledger.persons();
  const refs = new Map<Identity, string>();
  for (const [ref, sealed] of identities) {
    if (sealed.size > 1) differences.push(`one reference has ${sealed.size} identities sealed beside it`);
    for (const who of sealed) {
      if (refs.has(who)) differences.push('one identity has two references');
      refs.set(who, ref);
    }
  }

  const outcomes: Record<string, number> = {};
  const strange = new Map<string, number>();
  for (const [who, here] of books.outcomes()) {
    outcomes[here.what] = (outcomes[here.what] ?? 0) + 1;
    const there = persons.get(refs.get(who) ?? '') ?? [];
    const problem = personProblem(here, there);
    if (problem !== undefined) strange.set(problem, (strange.get(problem) ?? 0) + 1);
  }
  for (const [problem, count] of strange) differences.push(`${count} persons ${problem}`);
  // Who the centre knows and nobody saw here: only of an earlier run can that be right.
  const known = new Set([...books.outcomes().keys()].map((who) => refs.get(who)));
  const unseen = [...persons.keys()].filter((ref) => !known.has(ref)).length;
  if (unseen > 0) differences.push(`${unseen} persons at the central system were never here`);

  const tubes = ledger.tubes();
  for (const code of books.tubes()) {
    const hands = books.inTube(code).length;
    const tube = tubes.get(code);
    const recorded = tube?.state === 'voided' ? 0 : tube?.roster.size;
    if (recorded !== hands) differences.push(`tube ${code}: ${hands} swabs are in it, ${recorded ?? 'none'} recorded`);
  }
  const boxes = ledger.boxes();
  for (const [code, { tubes: inHand, state }] of books.boxes()) {
    const box = boxes.get(code);
    if (box?.state !== state) differences.push(`box ${code}: is ${state}, recorded as ${box?.state ?? 'nothing'}`);
    const both = [...inHand].filter((tube) => box?.tubes.has(tube)).length;
    if (both !== inHand.size || both !== box?.tubes.size)
      differences.push(
        `box ${code}: ${inHand.size} tubes are in it, ${box?.tubes.size ?? 0} recorded, ${both} the same`,
      );
  }
  return {
    persons: { hut: books.outcomes().size, central: persons.size },
    outcomes,
    tubes: { hut: books.tubes().size, central: tubes.size },
    boxes: { hut: books.boxes().size, central: boxes.size },
    differences,
  };
}

function personProblem(here: Outcome, there: readonly PersonOutcome[]): string | undefined {
  if (there.length !== 1) return `${here.what} here have ${there.length} outcomes at the central system`;
  const [only] = there as readonly [PersonOutcome];
  if (only.what !== here.what) return `${here.what} here are ${only.what} at the central system`;
  if (here.what !== 'sampled' || only.what !== 'sampled') return undefined;
  if (here.tube !== only.tube) return `sampled into ${here.tube} are in ${only.tube} at the central system`;
  return here.slot === undefined || here.slot === only.slot
    ? undefined
    : `in slot ${here.slot} of ${here.tube} are in slot ${only.slot} at the central system`;
}
