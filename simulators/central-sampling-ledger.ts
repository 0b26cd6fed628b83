/**
 * What the centre makes of the sampling stream of one hut, from the events alone: where each person ended, who is in which
 * tube, which tubes are in which box, what each session counted; and every place where the events contradict each other.
 * Its own reading of workflow.md 3.4 and 3.5: it shares no code with the hut. Pure; of persons it knows references only.
 */
import { createHash } from 'node:crypto';
import { typePrefix, typeSuffix } from '../gateway/contract/envelope.ts';
import type { EventData } from '../gateway/contract/events.ts';
import type { samplingEvents } from '../gateway/contract/sampling-events.ts';

/** An event as the centre took it, once. */
export interface LedgerEvent {
  readonly epoch: string;
  readonly seq: number;
  /** As on the wire: `org.hutgate.sampling.….v1`. */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** replaced: somebody else's code had been shown. discarded: went away out of a waiting group. */
export type LeftBy = 'removed' | 'resample' | 'replaced' | 'discarded';
export type PersonOutcome =
  | { readonly what: 'sampled'; readonly tube: string; readonly slot: number }
  | { readonly what: 'excluded' | 'diverted'; readonly reason: string }
  | { readonly what: LeftBy }
  | { readonly what: 'waiting' };

export type TubeState = 'open' | 'closed' | 'packed' | 'sealed' | 'handed-over' | 'voided';
export interface TubeStanding {
  readonly state: TubeState;
  /** References by slot. */
  readonly roster: ReadonlyMap<number, string>;
  readonly box?: string | undefined;
}
export interface BoxStanding {
  readonly state: 'open' | 'sealed' | 'handed-over';
  readonly tubes: ReadonlySet<string>;
}

export interface SamplingLedger {
  /** In any order; taken in the order of `seq` from the lowest number on that an epoch began with here. */
  note(event: LedgerEvent): void;
  /** By reference: everybody of whom something is known, with all that is true of them; one is right. */
  persons(): ReadonlyMap<string, readonly PersonOutcome[]>;
  tubes(): ReadonlyMap<string, TubeStanding>;
  boxes(): ReadonlyMap<string, BoxStanding>;
  /** Contradictions, in codes and numbers only. Empty when all is well. */
  differences(): readonly string[];
  /** Events taken. */
  readonly events: number;
}

interface Tube {
  state: TubeState;
  lane: string | undefined;
  readonly capacity: number;
  readonly roster: Map<number, { readonly ref: string; readonly session: string }>;
  box: string | undefined;
  closedIn: string | undefined;
  /** Opened before this ledger began: who was in it is not known. */
  readonly isOlder: boolean;
}
interface Box {
  state: BoxStanding['state'];
  readonly tubes: Set<string>;
  readonly isOlder: boolean;
}
interface Session {
  persons: number;
  tubes: number;
}

type SamplingType = keyof typeof samplingEvents;
type SamplingEvent = { [T in SamplingType]: { readonly type: T; readonly data: EventData<T> } }[SamplingType];

export function createSamplingLedger(): SamplingLedger {
  const tubes = new Map<string, Tube>();
  const boxes = new Map<string, Box>();
  const sessions = new Map<string, Session>();
  const turnedAway = new Map<string, { excluded?: string; diverted?: string }>();
  const left = new Map<string, LeftBy>();
  const waiting = new Set<string>();
  /** By reference: keys `tube/slot`. */
  const places = new Map<string, Map<string, { tube: string; slot: number }>>();
  const wrong: string[] = [];
  const epochs = new Map<string, { next: number; readonly ahead: Map<number, LedgerEvent> }>();
  let events = 0;

  function note(event: LedgerEvent): void {
    const epoch = epochs.get(event.epoch) ?? { next: event.seq, ahead: new Map<number, LedgerEvent>() };
    epochs.set(event.epoch, epoch);
    epoch.ahead.set(event.seq, event);
    for (let next = epoch.ahead.get(epoch.next); next; next = epoch.ahead.get(epoch.next)) {
      epoch.ahead.delete(epoch.next);
      epoch.next += 1;
      take(next);
    }
  }

  function take({ seq, type, data }: LedgerEvent): void {
    events += 1;
    const short = type.slice(typePrefix.length, -typeSuffix.length);
    // The centre has checked the event against the contract before it came here.
    apply({ type: short, data } as unknown as SamplingEvent, (what) => wrong.push(`event ${seq} ${short}: ${what}`));
  }

  /** A tube that was opened before this ledger began is taken as it comes. */
  function tubeOf(code: string, state: TubeState): Tube {
    const known = tubes.get(code);
    if (known) return known;
    const older: Tube = {
      ...{ state, lane: undefined, capacity: 20, roster: new Map(), box: undefined },
      ...{ closedIn: undefined, isOlder: true },
    };
    tubes.set(code, older);
    return older;
  }
  function boxOf(code: string): Box {
    const known = boxes.get(code);
    if (known) return known;
    const older: Box = { state: 'open', tubes: new Set(), isOlder: true };
    boxes.set(code, older);
    return older;
  }

  function put(tube: string, slot: number, ref: string, session: string): void {
    tubes.get(tube)!.roster.set(slot, { ref, session });
    const all = places.get(ref) ?? new Map();
    places.set(ref, all.set(`${tube}/${slot}`, { tube, slot }));
    left.delete(ref);
    waiting.delete(ref);
  }
  function takeOut(tube: string, slot: number, ref: string, by: LeftBy): void {
    tubes.get(tube)!.roster.delete(slot);
    places.get(ref)?.delete(`${tube}/${slot}`);
    left.set(ref, by);
  }
  function count(session: string, persons: number, tubesClosed: number): void {
    const open = sessions.get(session);
    if (!open) return;
    open.persons += persons;
    open.tubes += tubesClosed;
  }

  function apply(event: SamplingEvent, fault: (what: string) => void): void {
    switch (event.type) {
      case 'sampling.session-opened': {
        const { session } = event.data;
        if (sessions.has(session)) fault('a session with this id was opened before');
        sessions.set(session, { persons: 0, tubes: 0 });
        return;
      }
      case 'sampling.session-closed': {
        const { session, persons, tubes: tubesClosed } = event.data;
        const counted = sessions.get(session);
        if (counted && (counted.persons !== persons || counted.tubes !== tubesClosed))
          fault(`says ${persons} persons and ${tubesClosed} tubes, the events ${counted.persons} and ${counted.tubes}`);
        return;
      }

      case 'sampling.tube-opened': {
        const { tube: code, poolSize: capacity, lane } = event.data;
        if (tubes.has(code) || boxes.has(code)) fault(`the code ${code} was used before`);
        for (const [other, tube] of tubes)
          if (tube.state === 'open' && tube.lane === lane) fault(`${other} is still open on ${lane}`);
        tubes.set(code, {
          ...{ state: 'open', lane, capacity, roster: new Map(), box: undefined },
          ...{ closedIn: undefined, isOlder: false },
        });
        return;
      }
      case 'sampling.tube-confirmed': {
        const { tube: code, count: persons } = event.data;
        const tube = tubeOf(code, 'open');
        if (tube.state !== 'open') fault(`${code} is ${tube.state}`);
        if (!tube.isOlder && tube.roster.size !== persons) fault(`says ${persons}, the events ${tube.roster.size}`);
        return;
      }
      case 'sampling.tube-closed':
        close(event.data, fault);
        return;
      case 'sampling.tube-reopened': {
        const { tube: code, session, lane } = event.data;
        const tube = tubeOf(code, 'closed');
        if (tube.state !== 'closed') fault(`${code} is ${tube.state}`);
        if (tube.closedIn === session) count(session, 0, -1);
        Object.assign(tube, { state: 'open', lane, closedIn: undefined });
        return;
      }
      case 'sampling.tube-voided': {
        const { tube: code, session, roster } = event.data;
        const tube = tubeOf(code, 'open');
        if (tube.state !== 'open' && tube.state !== 'closed') fault(`${code} is ${tube.state}`);
        if (!tube.isOlder && !isSame(tube, roster)) fault(`its roster is not who was added to ${code}`);
        if (tube.closedIn === session) count(session, 0, -1);
        for (const entry of tube.roster.values()) if (entry.session === session) count(session, -1, 0);
        for (const { slot, personRef } of roster) takeOut(code, slot, personRef, 'resample');
        tube.state = 'voided';
        return;
      }

      case 'sampling.person-staged':
        waiting.add(event.data.personRef);
        left.delete(event.data.personRef);
        return;
      case 'sampling.group-discarded':
        for (const { personRef } of event.data.roster) {
          waiting.delete(personRef);
          left.set(personRef, 'discarded');
        }
        return;
      case 'sampling.person-added': {
        const { tube: code, slot, personRef, session, earlierTube } = event.data;
        const tube = tubeOf(code, 'open');
        if (tube.state !== 'open') fault(`${code} is ${tube.state}`);
        if (tube.roster.has(slot)) fault(`slot ${slot} of ${code} is taken`);
        if (tube.roster.size >= tube.capacity) fault(`${code} is full`);
        for (const place of places.get(personRef)?.values() ?? [])
          if (tubes.get(place.tube)?.state === 'open') fault(`the person is in the open tube ${place.tube}`);
          else if (earlierTube === undefined) fault(`the person was sampled in ${place.tube}, and nobody was asked`);
        put(code, slot, personRef, session);
        count(session, 1, 0);
        return;
      }
      case 'sampling.person-corrected': {
        const { tube: code, slot, personRef, previousPersonRef } = event.data;
        const tube = tubeOf(code, 'open');
        const before = tube.roster.get(slot);
        if (tube.state !== 'open') fault(`${code} is ${tube.state}`);
        if (!tube.isOlder && before?.ref !== previousPersonRef) fault(`somebody else is in slot ${slot} of ${code}`);
        takeOut(code, slot, previousPersonRef, 'replaced');
        put(code, slot, personRef, before?.session ?? event.data.session);
        return;
      }
      case 'sampling.person-removed': {
        const { tube: code, slot, personRef, session } = event.data;
        if (code === undefined) {
          waiting.delete(personRef);
          left.set(personRef, 'removed');
          return;
        }
        const tube = tubeOf(code, 'open');
        const before = tube.roster.get(slot);
        if (tube.state !== 'open') fault(`${code} is ${tube.state}`);
        if (!tube.isOlder && before?.ref !== personRef) fault(`somebody else is in slot ${slot} of ${code}`);
        if (before?.session === session) count(session, -1, 0);
        takeOut(code, slot, personRef, 'removed');
        return;
      }
      case 'sampling.person-excluded':
      case 'sampling.person-diverted': {
        const { personRef, reason } = event.data;
        const outcome = event.type === 'sampling.person-excluded' ? { excluded: reason } : { diverted: reason };
        turnedAway.set(personRef, { ...turnedAway.get(personRef), ...outcome });
        left.delete(personRef);
        return;
      }

      case 'sampling.box-opened': {
        const { box: code, reason } = event.data;
        const box = boxes.get(code);
        if (reason === undefined && box) fault(`the code ${code} was used before`);
        if (reason !== undefined && box && box.state !== 'sealed') fault(`${code} is ${box.state}`);
        if (!box) boxes.set(code, { state: 'open', tubes: new Set(), isOlder: reason !== undefined });
        else setState(box, 'open', 'packed');
        return;
      }
      case 'sampling.tube-packed': {
        const { tube: code, box: boxCode } = event.data;
        const [tube, box] = [tubeOf(code, 'closed'), boxOf(boxCode)];
        if (tube.state !== 'closed') fault(`${code} is ${tube.state}`);
        if (!tube.isOlder && tube.roster.size === 0) fault(`${code} is empty`);
        if (box.state !== 'open') fault(`${boxCode} is ${box.state}`);
        Object.assign(tube, { state: 'packed', box: boxCode });
        box.tubes.add(code);
        return;
      }
      case 'sampling.tube-unpacked': {
        const { tube: code, box: boxCode } = event.data;
        const tube = tubeOf(code, 'packed');
        if (tube.state !== 'packed' || (tube.box !== boxCode && !tube.isOlder)) fault(`${code} is not in ${boxCode}`);
        Object.assign(tube, { state: 'closed', box: undefined });
        boxOf(boxCode).tubes.delete(code);
        return;
      }
      case 'sampling.tubes-missing':
      case 'sampling.label-printed':
      case 'sampling.label-checked':
        return;
      case 'sampling.box-sealed': {
        const { box: code, tubes: sealed, counted } = event.data;
        const box = boxOf(code);
        if (box.state !== 'open') fault(`${code} is ${box.state}`);
        const packed = [...box.tubes];
        if (!box.isOlder && (packed.length !== sealed.length || !sealed.every((tube) => box.tubes.has(tube))))
          fault(`names ${sealed.length} tubes, the events packed ${packed.length} into ${code}`);
        if (counted !== sealed.length) fault(`${counted} were counted, ${sealed.length} are named`);
        setState(box, 'sealed', 'sealed');
        return;
      }
      case 'sampling.box-handed-over': {
        const { box: code, counted } = event.data;
        const box = boxOf(code);
        if (box.state !== 'sealed' && !box.isOlder) fault(`${code} is ${box.state}`);
        if (!box.isOlder && counted !== box.tubes.size)
          fault(`the courier counted ${counted}, the box has ${box.tubes.size}`);
        setState(box, 'handed-over', 'handed-over');
        return;
      }
    }
  }

  function close(data: EventData<'sampling.tube-closed'>, fault: (what: string) => void): void {
    const { tube: code, session, count: persons, poolSize, roster, rosterDigest } = data;
    const tube = tubeOf(code, 'open');
    if (tube.state !== 'open') fault(`${code} is ${tube.state}`);
    if (persons !== roster.length || persons > poolSize) fault(`${persons} of ${poolSize}, and ${roster.length} named`);
    if (rosterDigest !== digestOf(roster)) fault(`the digest is not that of the roster of ${code}`);
    if (!tube.isOlder && !isSame(tube, roster)) fault(`its roster is not who was added to ${code}`);
    Object.assign(tube, { state: 'closed', closedIn: session });
    count(session, 0, 1);
  }

  function setState(box: Box, state: Box['state'], tubesAre: TubeState): void {
    box.state = state;
    for (const code of box.tubes) tubeOf(code, tubesAre).state = tubesAre;
  }

  const outcomesOf = (ref: string): PersonOutcome[] => {
    const { excluded, diverted } = turnedAway.get(ref) ?? {};
    const found: PersonOutcome[] = [...(places.get(ref)?.values() ?? [])].map((at) => ({ what: 'sampled', ...at }));
    if (excluded !== undefined) found.push({ what: 'excluded', reason: excluded });
    if (diverted !== undefined) found.push({ what: 'diverted', reason: diverted });
    if (waiting.has(ref)) found.push({ what: 'waiting' });
    const by = left.get(ref);
    // Whoever left and came again ended as they did the second time.
    if (found.length === 0 && by !== undefined) found.push({ what: by });
    return found;
  };

  return {
    note,
    persons() {
      const refs = new Set([...places.keys(), ...turnedAway.keys(), ...left.keys(), ...waiting]);
      return new Map([...refs].map((ref) => [ref, outcomesOf(ref)]));
    },
    tubes: () =>
      new Map(
        [...tubes].map(([code, { state, roster, box }]) => [
          code,
          { state, box, roster: new Map([...roster].map(([slot, { ref }]) => [slot, ref])) },
        ]),
      ),
    boxes: () =>
      new Map([...boxes].map(([code, { state, tubes: inside }]) => [code, { state, tubes: new Set(inside) }])),
    differences: () => [
      ...wrong,
      ...[...epochs.values()].flatMap(({ next, ahead }) =>
        ahead.size > 0 ? [`event ${next} has not come, ${ahead.size} wait behind it`] : [],
      ),
    ],
    get events() {
      return events;
    },
  };
}

type Roster = EventData<'sampling.tube-closed'>['roster'];

const isSame = (tube: Tube, roster: Roster): boolean =>
  tube.roster.size === roster.length && roster.every(({ slot, personRef }) => tube.roster.get(slot)?.ref === personRef);

const digestOf = (roster: Roster): string =>
  createHash('sha256')
    .update(
      roster
        .toSorted((a, b) => a.slot - b.slot)
        .map(({ slot, personRef }) => `${slot}|${personRef}`)
        .join('\n'),
    )
    .digest('base64url');
