/**
 * What the people in the hut know with their own eyes and hands: who was sampled into which tube, who was sent away, which
 * tubes lie in which box. It is what the centre's ledger is compared with. In memory only; identities never leave it.
 */
import type { LeftBy } from '../central-sampling-ledger.ts';
import type { Identity } from './people.ts';

export type Outcome =
  /** `slot`: undefined when it was only seen that the person is in the tube. */
  | { readonly what: 'sampled'; readonly tube: string; readonly slot: number | undefined }
  | { readonly what: 'excluded' | 'diverted' | LeftBy };

export interface HandBox {
  readonly tubes: Set<string>;
  state: 'open' | 'sealed' | 'handed-over';
}

export interface Books {
  outcome(who: Identity): Outcome | undefined;
  outcomes(): ReadonlyMap<Identity, Outcome>;
  ended(who: Identity, outcome: Outcome): void;
  /** Opened on a lane, by the lane's own tone. */
  tubeOpened(code: string): void;
  isOpened(code: string): boolean;
  tubes(): ReadonlySet<string>;
  /** Everybody whose swab is in it. */
  inTube(code: string): readonly Identity[];
  /** Leaked on the floor: everybody in it has to come again. */
  tubeVoided(code: string): readonly Identity[];
  /** Of the tubes used here, the one whose code ends so. */
  tubeWithTail(tail: string): string | undefined;
  box(code: string): HandBox;
  boxes(): ReadonlyMap<string, HandBox>;
  /** Something that a sampler would call the office about: codes only, never a person. */
  odd(what: string): void;
  oddities(): readonly string[];
}

export function createBooks(): Books {
  const outcomes = new Map<Identity, Outcome>();
  const opened = new Set<string>();
  const boxes = new Map<string, HandBox>();
  const oddities: string[] = [];
  const swabs = new Map<string, Set<Identity>>();
  const inTube = (code: string) => [...(swabs.get(code) ?? [])];
  function ended(who: Identity, outcome: Outcome): void {
    const before = outcomes.get(who);
    if (before?.what === 'sampled') swabs.get(before.tube)!.delete(who);
    outcomes.set(who, outcome);
    if (outcome.what !== 'sampled') return;
    const inside = swabs.get(outcome.tube) ?? new Set();
    swabs.set(outcome.tube, inside.add(who));
  }

  return {
    outcome: (who) => outcomes.get(who),
    outcomes: () => outcomes,
    ended,
    tubeOpened: (code) => void opened.add(code),
    isOpened: (code) => opened.has(code),
    tubes: () => opened,
    inTube,
    tubeVoided(code) {
      const everybody = inTube(code);
      for (const who of everybody) ended(who, { what: 'resample' });
      return everybody;
    },
    tubeWithTail: (tail) => [...opened].findLast((code) => code.endsWith(tail)),
    box(code) {
      const box = boxes.get(code) ?? { tubes: new Set<string>(), state: 'open' };
      boxes.set(code, box);
      return box;
    },
    boxes: () => boxes,
    odd: (what) => void oddities.push(what),
    oddities: () => oddities,
  };
}
