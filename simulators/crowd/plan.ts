/**
 * Who comes when, from a seed: an endless list, the same for the same seed. Kinds are dealt from shuffled decks of a
 * hundred, so that also a short run has some of each; arrivals are a Poisson process whose rate goes up and down by the
 * 1.317 between an average and a peak hour of January 2022. Pure.
 */
import { seededRandom } from '../random.ts';
import type { Belongings } from './people.ts';

/** again: sampled already. undone, corrected, voided: what goes wrong after the scan. */
export type VisitKind = Belongings | 'fever' | 'again' | 'undone' | 'corrected' | 'voided';

export interface Visit {
  /** From 0. */
  readonly n: number;
  readonly kind: VisitKind;
  /** Number of the person, for `comer`. */
  readonly person: number;
  readonly brings: Belongings;
  /** Since the beginning, milliseconds. */
  readonly atMs: number;
  /** What the forehead thermometer shows; absent: nobody measures. */
  readonly celsius?: number;
  /** The swab, and the next one stepping up, milliseconds. */
  readonly handMs: number;
}

export interface PlanSetup {
  readonly seed: number;
  readonly peoplePerHour: number;
  readonly lanes: number;
  /** Number of the first person: people of an earlier run in the same hut do not come again by chance. */
  readonly firstPerson: number;
}

const deck: readonly (readonly [kind: VisitKind, cards: number])[] = [
  ...[['phone', 44] as const, ['paper', 12] as const, ['card', 15] as const, ['passport', 4] as const],
  ...[['child', 8] as const, ['wrong-code', 4] as const, ['fever', 2] as const, ['vaccinated', 2] as const],
  ...[['single', 1] as const, ['again', 3] as const, ['undone', 2] as const, ['corrected', 2] as const],
  ['voided', 1],
];
const peakShare = 0.317;
const visitsPerWave = 60;
const measuredShare = 0.3;
/** Who comes again came not long ago. */
const rememberedMax = 60;
const hourMs = 3_600_000;

export function* crowdPlan({ seed, peoplePerHour, lanes, firstPerson }: PlanSetup): Generator<Visit, never> {
  const random = seededRandom(seed, 'crowd/plan');
  const meanGapMs = hourMs / peoplePerHour;
  const remembered: Pick<Visit, 'person' | 'brings'>[] = [];
  let cards: VisitKind[] = [];
  let person = firstPerson;
  let atMs = 0;
  for (let n = 0; ; n += 1) {
    if (cards.length === 0) cards = shuffled(random);
    const rate = 1 + peakShare * Math.sin((2 * Math.PI * n) / visitsPerWave);
    atMs += (-Math.log(1 - random()) * meanGapMs) / rate;
    const drawn = cards.pop()!;
    const earlier = drawn === 'again' ? remembered[Math.floor(random() * remembered.length)] : undefined;
    const kind = drawn === 'again' && !earlier ? 'phone' : drawn;
    const who = earlier ?? { person: person++, brings: belongingsOf(kind) };
    const celsius = kind === 'fever' ? 38.4 : random() < measuredShare ? 36 + Math.round(random() * 9) / 10 : undefined;
    // The lane's share of the time is twice as long: queues grow in a peak and are gone after it.
    const handMs = lanes * meanGapMs * (0.15 + 0.25 * random());
    yield { n, kind, ...who, atMs, handMs, ...(celsius !== undefined && { celsius }) };
    if (kind === who.brings && kind !== 'vaccinated' && kind !== 'single') remembered.push(who);
    if (remembered.length > rememberedMax) remembered.shift();
  }
}

const belongingsOf = (kind: VisitKind): Belongings => {
  switch (kind) {
    case 'fever':
    case 'again':
    case 'undone':
    case 'corrected':
    case 'voided':
      return 'phone';
    default:
      return kind;
  }
};

/** Fisher-Yates. */
function shuffled(random: () => number): VisitKind[] {
  const cards = deck.flatMap(([kind, count]) => Array.from({ length: count }, () => kind));
  for (let at = cards.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [cards[at], cards[other]] = [cards[other]!, cards[at]!];
  }
  return cards;
}
