/**
 * The sampling state of a hut: its entities by kind and id, with the one index that every scan needs (who is where). A
 * `Draft` is the state as it would be after some events; nothing changes before `apply`, and that comes after the commit.
 */
import type { BoxEntity, Entities, EntityKind, GroupEntity, TubeEntity } from './entities.ts';

export const samplingPrefix = 'sampling/';
const kinds: readonly EntityKind[] = ['lane', 'tube', 'box', 'group'];

/** Key in the store's state. Codes are the text of a barcode: they stand last. */
export const entityKey = (kind: EntityKind, id: string) => `${samplingPrefix}${kind}/${id}`;

export interface Reader {
  get<K extends EntityKind>(kind: K, id: string): Entities[K] | undefined;
}

export interface Draft extends Reader {
  /** undefined deletes. */
  put<K extends EntityKind>(kind: K, id: string, entity: Entities[K] | undefined): void;
}

export interface Change {
  readonly kind: EntityKind;
  readonly id: string;
  readonly entity: Entities[EntityKind] | undefined;
}

/** Where a person is: in which tubes that were not voided, and in which waiting group. */
export interface Whereabouts {
  readonly tubes: readonly TubeEntity[];
  readonly group?: GroupEntity;
}

export interface Hut extends Reader {
  whereabouts(personRef: string): Whereabouts;
  isKnownPerson(personRef: string): boolean;
  isUsedSeal(seal: string): boolean;
  tubes(): Iterable<TubeEntity>;
  boxes(): Iterable<BoxEntity>;
  /** The state as some events would make it. */
  draft(): Draft & { changes(): readonly Change[] };
  apply(changes: readonly Change[]): void;
  /** As it stands in the store, for comparisons. */
  dump(): ReadonlyMap<string, string>;
}

/** `saved`: what the store has under `samplingPrefix`. Throws when an entry is not what this version writes. */
export function createHut(saved: ReadonlyMap<string, string> = new Map()): Hut {
  const entities = new Map(kinds.map((kind) => [kind, new Map<string, Entities[EntityKind]>()]));
  /** Reference -> keys of the tubes and groups that hold it. */
  const holders = new Map<string, Set<string>>();
  const seals = new Set<string>();

  const refsOf = ({ kind, entity }: Pick<Change, 'kind' | 'entity'>): readonly string[] => {
    if (!entity || (kind !== 'tube' && kind !== 'group')) return [];
    if (kind === 'tube' && (entity as TubeEntity).state === 'voided') return [];
    return (entity as TubeEntity | GroupEntity).roster.map(({ personRef }) => personRef);
  };
  const get = <K extends EntityKind>(kind: K, id: string) => entities.get(kind)!.get(id) as Entities[K] | undefined;

  const apply = (changes: readonly Change[]) => {
    for (const { kind, id, entity } of changes) {
      const key = `${kind}/${id}`;
      for (const ref of refsOf({ kind, entity: entities.get(kind)!.get(id) })) {
        const keys = holders.get(ref);
        keys?.delete(key);
        if (keys?.size === 0) holders.delete(ref);
      }
      if (entity) entities.get(kind)!.set(id, entity);
      else entities.get(kind)!.delete(id);
      for (const ref of refsOf({ kind, entity })) {
        const keys = holders.get(ref) ?? new Set();
        holders.set(ref, keys.add(key));
      }
      if (kind === 'box' && entity) for (const seal of (entity as BoxEntity).seals) seals.add(seal);
    }
  };

  for (const [key, text] of saved) {
    const rest = key.slice(samplingPrefix.length);
    const slash = rest.indexOf('/');
    const kind = rest.slice(0, slash) as EntityKind;
    if (!kinds.includes(kind)) throw new Error(`the state has an entry of an unknown kind: ${samplingPrefix}${kind}`);
    apply([{ kind, id: rest.slice(slash + 1), entity: JSON.parse(text) as Entities[EntityKind] }]);
  }

  return {
    get,
    apply,
    whereabouts(personRef) {
      const tubes: TubeEntity[] = [];
      let group: GroupEntity | undefined;
      for (const key of holders.get(personRef) ?? []) {
        if (key.startsWith('tube/')) tubes.push(get('tube', key.slice('tube/'.length))!);
        else group = get('group', key.slice('group/'.length));
      }
      return { tubes, ...(group && { group }) };
    },
    isKnownPerson: (personRef) => holders.has(personRef),
    isUsedSeal: (seal) => seals.has(seal),
    tubes: () => entities.get('tube')!.values() as Iterable<TubeEntity>,
    boxes: () => entities.get('box')!.values() as Iterable<BoxEntity>,
    draft() {
      const changed = new Map<string, Change>();
      return {
        get<K extends EntityKind>(kind: K, id: string) {
          const change = changed.get(`${kind}/${id}`);
          return change ? (change.entity as Entities[K] | undefined) : get(kind, id);
        },
        put: (kind, id, entity) => void changed.set(`${kind}/${id}`, { kind, id, entity }),
        changes: () => [...changed.values()],
      };
    },
    dump() {
      const all = new Map<string, string>();
      for (const [kind, byId] of entities)
        for (const [id, entity] of byId) all.set(entityKey(kind, id), JSON.stringify(entity));
      return all;
    },
  };
}
