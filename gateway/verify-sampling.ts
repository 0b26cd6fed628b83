/**
 * Does the log again from its first event, and compares what comes out with the state that the gateway keeps: tubes,
 * boxes, groups and lanes. What began before the log that is still kept cannot be compared, and is counted.
 */
import { typePrefix, typeSuffix } from './contract/envelope.ts';
import type { TubeEntity } from './lane/entities.ts';
import type { Happened } from './lane/events.ts';
import { evolve } from './lane/evolve.ts';
import { createHut, entityKey, samplingPrefix } from './lane/hut.ts';
import { replayStream } from './store/inspect.ts';

export interface SamplingVerified {
  /** Entries of the state that are what the log makes of them. */
  readonly same: number;
  /** Entries that are older than the log. */
  readonly older: number;
  /** By kind and code; never a person. */
  readonly problems: readonly string[];
}

export function verifySampling(dir: string): SamplingVerified {
  const replay = createReplay();
  const { state, isCut } = replayStream(dir, 'sampling', samplingPrefix, (event) => replay.add(happened(event)));
  return compareSampling(state, replay.rebuilt(), isCut);
}

export interface Rebuilt {
  /** As the store keeps it, by key. */
  readonly state: ReadonlyMap<string, string>;
  /** Keys of lanes and groups that began before the log: more may stand in them than was rebuilt. */
  readonly partly: ReadonlySet<string>;
}

/** Does a log again, from its first event or from where it is cut. Pure. */
export function createReplay() {
  const hut = createHut();
  const partly = new Set<string>();

  /** Before the event: what it goes on with may be unknown here. */
  function note({ type, data }: Happened): void {
    if (besideLanes.has(type)) return;
    const { lane: id, tube, group } = data as { lane: string; tube?: string; group?: string };
    const lane = entityKey('lane', id);
    if (type === 'sampling.session-opened') {
      const { takesOver } = data;
      const inHand = hut.get('lane', id) ?? {};
      const isKnown =
        takesOver?.tube === inHand.tube && (takesOver?.count === undefined) === !(inHand.tube ?? inHand.group);
      if (!isKnown) partly.add(lane);
      else partly.delete(lane);
      return;
    }
    const isTubeKnown = tube === undefined || type === 'sampling.tube-opened' || hut.get('tube', tube) !== undefined;
    if (hut.get('lane', id) === undefined || !isTubeKnown) partly.add(lane);
    if (group !== undefined && hut.get('group', group) === undefined && partly.has(lane))
      partly.add(entityKey('group', group));
  }

  return {
    add(event: Happened): void {
      note(event);
      const draft = hut.draft();
      evolve(draft, event);
      hut.apply(draft.changes());
    },
    rebuilt: (): Rebuilt => ({ state: hut.dump(), partly }),
  };
}

/** They name a lane, and change nothing of it. */
const besideLanes: ReadonlySet<string> = new Set([
  'sampling.tube-packed',
  'sampling.tube-unpacked',
  'sampling.tubes-missing',
  'sampling.box-opened',
  'sampling.box-sealed',
  'sampling.label-printed',
  'sampling.label-checked',
]);

/** Pure. `isCut`: the beginning of the log is gone. */
export function compareSampling(
  saved: ReadonlyMap<string, string>,
  { state: rebuilt, partly }: Rebuilt,
  isCut: boolean,
): SamplingVerified {
  const problems: string[] = [];
  let same = 0;
  let older = 0;
  for (const [key, text] of saved) {
    const again = rebuilt.get(key);
    const name = key.slice(samplingPrefix.length);
    if (isCut && (again === undefined || partly.has(key))) older += 1;
    else if (again === undefined) problems.push(`${name}: is in the state, and no event made it`);
    else {
      const different = differences(key, again, text, isCut ? rebuilt : undefined);
      if (different.length === 0) same += 1;
      else problems.push(`${name}: the log makes another state of it (${different.join(', ')})`);
    }
  }
  for (const [key, text] of rebuilt) {
    const isEmptyLane = key.startsWith(`${samplingPrefix}lane/`) && text === '{}';
    // What is forgotten was let go of by the log first (forget.ts): whatever the log speaks of must be there.
    if (!saved.has(key) && !isEmptyLane && !(isCut && partly.has(key)))
      problems.push(`${key.slice(samplingPrefix.length)}: an event made it, and the state does not have it`);
  }
  return { same, older, problems };
}

/** An envelope as it goes over the wire, back to what happened. */
function happened({ type, data, time, monoms, bootid, subject }: Record<string, unknown>): Happened {
  const short = String(type).slice(typePrefix.length, -typeSuffix.length);
  const at = { time: String(time), monoMs: Number(monoms), bootId: String(bootid) };
  const { pii, ...clear } = data as { pii?: string };
  const about = { type: short, data: clear, at, ...(subject !== undefined && { subject: String(subject) }) };
  return { ...about, ...(pii !== undefined && { pii }) } as unknown as Happened;
}

/** The fields in which they differ. `cut`: what was rebuilt from a log without its beginning. */
function differences(key: string, again: string, text: string, cut: ReadonlyMap<string, string> | undefined): string[] {
  const [a, b] = [comparable(again), comparable(text)];
  const unknown = new Set<string>(cut && key.startsWith(`${samplingPrefix}tube/`) ? unknownOf(again, cut) : []);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => !unknown.has(name) && JSON.stringify(Reflect.get(a, name)) !== JSON.stringify(Reflect.get(b, name)),
  );
}

/** The sealed part of a waiting group is purged from the log sooner than from the state; and that something left is not in the log. */
function comparable(text: string): object {
  const { left: _, ...entity } = JSON.parse(text) as { left?: unknown; roster?: readonly { pii?: string }[] };
  return entity.roster ? { ...entity, roster: entity.roster.map(({ pii: _, ...member }) => member) } : entity;
}

/** Of a tube that was opened in a session from before the log, or lies in a box from before it. */
function unknownOf(again: string, cut: ReadonlyMap<string, string>): readonly string[] {
  const { round, box } = JSON.parse(again) as TubeEntity;
  return [
    ...(round === '' ? ['round', 'kind'] : []),
    ...(box !== undefined && !cut.has(entityKey('box', box)) ? ['state'] : []),
  ];
}
