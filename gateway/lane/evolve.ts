/**
 * What an event makes of the state. The state is nothing but the sum of this over the log: `hutgate store verify` does
 * it again from the first event and compares. No rule is checked here; what is in the log has happened.
 */
import type { GroupEntity, Label, LaneEntity, RosterEntry, Staged, TubeEntity, TubeState } from './entities.ts';
import type { Happened } from './events.ts';
import type { Draft } from './hut.ts';

const bySlot = (a: RosterEntry, b: RosterEntry) => a.slot - b.slot;

/**
 * An entity that the log does not know (its first event was confirmed and purged long ago) stays unknown: the events of
 * a tube's whole life are newer than the one that opened it.
 */
export function evolve(draft: Draft, event: Happened): void {
  const lane = (id: string): LaneEntity => draft.get('lane', id) ?? {};
  const changeLane = (id: string, change: Partial<LaneEntity>, ...drop: (keyof LaneEntity)[]) =>
    draft.put('lane', id, without({ ...lane(id), ...change }, drop));
  const changeTube = (code: string, change: (tube: TubeEntity) => TubeEntity) => {
    const tube = draft.get('tube', code);
    if (tube) draft.put('tube', code, change(tube));
  };
  const changeGroup = (id: string, change: (group: GroupEntity) => GroupEntity) => {
    const group = draft.get('group', id);
    if (group) draft.put('group', id, change(group));
  };
  const countInSession = (laneId: string, by: { readonly persons?: number; readonly tubes?: number }) => {
    const { session } = lane(laneId);
    if (session)
      changeLane(laneId, {
        session: {
          ...session,
          persons: session.persons + (by.persons ?? 0),
          tubes: session.tubes + (by.tubes ?? 0),
        },
      });
  };
  const { at } = event;

  switch (event.type) {
    case 'sampling.session-opened': {
      const { lane: id, session, operator, round, kind = 'normal' } = event.data;
      const opened = { id: session, operator, round, kind, openedAt: at.time, persons: 0, tubes: 0 } as const;
      changeLane(id, { session: opened });
      return;
    }
    case 'sampling.session-closed':
      changeLane(event.data.lane, {}, 'session', 'lastClosed');
      return;

    case 'sampling.tube-opened': {
      const { lane: id, session, tube: code, poolSize, box } = event.data;
      const { round = '', kind = 'normal' } = lane(id).session ?? {};
      const about = { code, state: 'open', lane: id, session, round, kind, capacity: poolSize } as const;
      draft.put('tube', code, { ...about, ...(box && { meantFor: box }), openedAt: at.time, roster: [] });
      changeLane(id, { tube: code }, 'lastClosed');
      return;
    }
    case 'sampling.tube-confirmed':
      return;
    case 'sampling.tube-closed': {
      const { lane: id, session, tube: code, operator } = event.data;
      changeTube(code, (tube) => ({ ...tube, state: 'closed', closedAt: at.time, closedIn: session }));
      changeLane(id, { lastClosed: { tube: code, operator, at } }, 'tube');
      countInSession(id, { tubes: 1 });
      return;
    }
    case 'sampling.tube-reopened': {
      const { lane: id, session, tube: code } = event.data;
      const closedIn = draft.get('tube', code)?.closedIn;
      changeTube(code, (tube) => without({ ...tube, state: 'open' }, ['closedAt', 'closedIn']));
      changeLane(id, { tube: code }, 'lastClosed');
      countInSession(id, { tubes: closedIn === session ? -1 : 0 });
      return;
    }
    case 'sampling.tube-voided': {
      const { lane: id, tube: code } = event.data;
      const before = draft.get('tube', code);
      changeTube(code, (tube) => ({ ...tube, state: 'voided', closedAt: tube.closedAt ?? at.time }));
      const { tube: open, lastClosed, session } = lane(id);
      const drop: (keyof LaneEntity)[] = [];
      if (open === code) drop.push('tube');
      if (lastClosed?.tube === code) drop.push('lastClosed');
      if (drop.length > 0) changeLane(id, {}, ...drop);
      // Voided people never count as sampled; the figures of an earlier session are closed.
      const persons = before?.roster.filter((entry) => entry.session === session?.id).length ?? 0;
      const tubes = before?.closedIn !== undefined && before.closedIn === session?.id ? 1 : 0;
      countInSession(id, { persons: -persons, tubes: -tubes });
      return;
    }

    case 'sampling.person-added': {
      const { lane: id, tube: code, session, slot, personRef, group } = event.data;
      changeTube(code, (tube) => ({
        ...tube,
        firstSwabAt: tube.firstSwabAt ?? at.time,
        roster: [...tube.roster, { slot, personRef, session, at }].sort(bySlot),
      }));
      if (group !== undefined && draft.get('group', group)) {
        draft.put('group', group, undefined);
        changeLane(id, {}, 'group');
      }
      countInSession(id, { persons: 1 });
      return;
    }
    case 'sampling.person-corrected': {
      const { tube: code, slot, personRef } = event.data;
      changeTube(code, (tube) => ({
        ...tube,
        roster: tube.roster.map((entry) => (entry.slot === slot ? { ...entry, personRef } : entry)),
      }));
      return;
    }
    case 'sampling.person-removed': {
      const { lane: id, tube: code, group, slot } = event.data;
      if (code !== undefined) {
        const entry = draft.get('tube', code)?.roster.find((entry) => entry.slot === slot);
        changeTube(code, (tube) => {
          const roster = tube.roster.filter((entry) => entry.slot !== slot);
          return without({ ...tube, roster }, roster.length === 0 ? ['firstSwabAt'] : []);
        });
        countInSession(id, { persons: entry && entry.session === lane(id).session?.id ? -1 : 0 });
        return;
      }
      if (group === undefined) return;
      changeGroup(group, (waiting) => ({ ...waiting, roster: waiting.roster.filter((entry) => entry.slot !== slot) }));
      if (draft.get('group', group)?.roster.length === 0) {
        draft.put('group', group, undefined);
        changeLane(id, {}, 'group');
      }
      return;
    }
    case 'sampling.person-staged': {
      const { lane: id, session, group: groupId, slot, personRef, idType, via, temperature, single } = event.data;
      const member: Staged = {
        ...{ slot, personRef, session, at, idType, via },
        ...(temperature !== undefined && { temperature }),
        ...(single && { single }),
        ...(event.pii !== undefined && { pii: event.pii }),
      };
      const group = draft.get('group', groupId);
      const round = lane(id).session?.round ?? '';
      const waiting = group ?? { id: groupId, lane: id, session, round, roster: [] };
      draft.put('group', groupId, { ...waiting, roster: [...waiting.roster, member].sort(bySlot) });
      changeLane(id, { group: groupId });
      return;
    }
    case 'sampling.group-discarded':
      draft.put('group', event.data.group, undefined);
      changeLane(event.data.lane, {}, 'group');
      return;
    case 'sampling.person-excluded':
    case 'sampling.person-diverted':
      return;

    case 'sampling.box-opened': {
      const { box: code, lane: id, operator, reason } = event.data;
      const box = draft.get('box', code);
      const opened = { state: 'open', ...(id !== undefined && { lane: id }) } as const;
      if (!box) {
        // Opened again, and the log does not know what is in it.
        if (reason !== undefined) return;
        draft.put('box', code, { code, ...opened, openedAt: at.time, tubes: [], seals: [], operator });
        return;
      }
      setTubes(box.tubes, 'packed');
      draft.put('box', code, without({ ...box, ...opened }, ['closedAt']));
      return;
    }
    case 'sampling.tube-packed': {
      const { tube: code, box: boxCode } = event.data;
      changeTube(code, (tube) => without({ ...tube, state: 'packed', box: boxCode }, ['missing']));
      const box = draft.get('box', boxCode);
      if (box) draft.put('box', boxCode, { ...box, tubes: [...box.tubes, code] });
      return;
    }
    case 'sampling.tube-unpacked': {
      const { tube: code, box: boxCode } = event.data;
      changeTube(code, (tube) => without({ ...tube, state: 'closed' }, ['box']));
      const box = draft.get('box', boxCode);
      if (box) draft.put('box', boxCode, { ...box, tubes: box.tubes.filter((other) => other !== code) });
      return;
    }
    case 'sampling.tubes-missing':
      for (const code of event.data.tubes) changeTube(code, (tube) => ({ ...tube, missing: true }));
      return;
    case 'sampling.box-sealed': {
      const { box: code, seal } = event.data;
      const box = draft.get('box', code);
      if (!box) return;
      setTubes(box.tubes, 'sealed');
      draft.put('box', code, { ...box, state: 'sealed', seals: [...box.seals, seal], closedAt: at.time });
      return;
    }
    case 'sampling.box-handed-over': {
      const { box: code } = event.data;
      const box = draft.get('box', code);
      if (!box) return;
      setTubes(box.tubes, 'handed-over');
      draft.put('box', code, { ...box, state: 'handed-over', closedAt: at.time });
      return;
    }

    case 'sampling.label-printed': {
      const { lane: id, code, outcome } = event.data;
      // What may have been printed is looked for: scanning it is looking.
      if (id !== undefined && code !== undefined && outcome !== 'failed') setLabel(code, { lane: id, at: at.time });
      return;
    }
    case 'sampling.label-checked': {
      const { code } = event.data;
      const { label } = draft.get('tube', code) ?? draft.get('box', code) ?? {};
      if (label) setLabel(code, { ...label, isChecked: true });
      return;
    }
  }

  function setLabel(code: string, label: Label): void {
    changeTube(code, (tube) => ({ ...tube, label }));
    const box = draft.get('box', code);
    if (box) draft.put('box', code, { ...box, label });
  }

  function setTubes(codes: readonly string[], state: TubeState): void {
    for (const code of codes) changeTube(code, (tube) => ({ ...tube, state }));
  }
}

/** A key that is left out is not the same as one that is undefined: the state is compared as text. */
function without<T extends object>(value: T, keys: readonly (keyof T)[]): T {
  if (keys.length === 0) return value;
  const left = { ...value };
  for (const key of keys) delete left[key];
  return left;
}
