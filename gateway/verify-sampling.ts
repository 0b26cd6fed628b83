/**
 * Does the log again from its first event, and compares what comes out with the state that the gateway keeps: tubes,
 * boxes, groups and lanes. What began before the log that is still kept cannot be compared, and is counted.
 */
import { eventType, typePrefix, typeSuffix } from './contract/envelope.ts';
import type { GroupEntity, LaneEntity, TubeEntity } from './lane/entities.ts';
import type { Happened } from './lane/events.ts';
import { evolve } from './lane/evolve.ts';
import { createHut, samplingPrefix } from './lane/hut.ts';
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
  const hut = createHut();
  let firstSeq: number | undefined;
  const saved = replayStream(dir, 'sampling', samplingPrefix, (event) => {
    firstSeq ??= Number(event.seq);
    if (event.type === eventType('sampling.label-printed')) return;
    const draft = hut.draft();
    evolve(draft, happened(event));
    hut.apply(draft.changes());
  });
  return compareSampling(saved, hut.dump(), firstSeq === undefined || firstSeq > 1);
}

/** Pure. `isCut`: the beginning of the log is gone. */
export function compareSampling(
  saved: ReadonlyMap<string, string>,
  rebuilt: ReadonlyMap<string, string>,
  isCut: boolean,
): SamplingVerified {
  const problems: string[] = [];
  let same = 0;
  let older = 0;
  for (const [key, text] of saved) {
    const again = rebuilt.get(key);
    const name = key.slice(samplingPrefix.length);
    if (isPartial(key, text, again, isCut)) older += 1;
    else if (again === undefined) problems.push(`${name}: is in the state, and no event made it`);
    else if (comparable(key, again) === comparable(key, text, isCut ? again : undefined)) same += 1;
    else problems.push(`${name}: the log makes another state of it (${differences(again, text).join(', ')})`);
  }
  for (const [key, text] of rebuilt) {
    const isLeft = saved.has(key) || (key.startsWith(`${samplingPrefix}lane/`) && text === '{}');
    if (!isLeft) problems.push(`${key.slice(samplingPrefix.length)}: an event made it, and the state does not have it`);
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

/** The log knows less of it than the state does, rightly. */
function isPartial(key: string, text: string, again: string | undefined, isCut: boolean): boolean {
  if (again === undefined) return isCut;
  if (key.startsWith(`${samplingPrefix}tube/`)) return (JSON.parse(text) as TubeEntity).isForgotten === true;
  if (!isCut || !key.startsWith(`${samplingPrefix}lane/`)) return false;
  // The session of the lane began before the log: its figures cannot be counted again.
  const [kept, rebuilt] = [JSON.parse(text) as LaneEntity, JSON.parse(again) as LaneEntity];
  return rebuilt.session?.id !== kept.session?.id;
}

/**
 * The sealed part of a waiting group is purged from the log sooner than from the state. With the beginning of the log
 * gone, `again` may not know in which session, hence in which round, its tube was opened.
 */
function comparable(key: string, text: string, again?: string): string {
  if (key.startsWith(`${samplingPrefix}group/`)) {
    const group = JSON.parse(text) as GroupEntity;
    return JSON.stringify({ ...group, roster: group.roster.map(({ pii: _, ...member }) => member) });
  }
  if (again === undefined || !key.startsWith(`${samplingPrefix}tube/`)) return text;
  const { round, kind } = JSON.parse(again) as TubeEntity;
  return round === '' ? JSON.stringify({ ...(JSON.parse(text) as TubeEntity), round, kind }) : text;
}

function differences(again: string, text: string): string[] {
  const [a, b] = [JSON.parse(again), JSON.parse(text)] as [object, object];
  const fields = new Map([...Object.entries(a), ...Object.entries(b)].map(([name]) => [name, true]));
  return [...fields.keys()].filter(
    (name) => JSON.stringify(Reflect.get(a, name)) !== JSON.stringify(Reflect.get(b, name)),
  );
}
