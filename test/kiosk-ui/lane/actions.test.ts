import { expect, test } from 'vitest';
import * as contract from '../../../gateway/contract/lane.ts';
import { actionsWithButton, buttonsOf, idTypesToType, reasonsOf } from '../../../kiosk-ui/src/lane/actions.ts';
import { commandCodes } from '../../../kiosk-ui/src/lane/command-codes.ts';

const names = contract.laneAction.options.map(({ shape }) => shape.action.value);

test('the reasons, the documents and the commands are those of the contract', () => {
  expect(reasonsOf).toEqual({
    'void-tube': contract.voidReasons,
    exclude: contract.excludeReasons,
    unpack: contract.unpackReasons,
    missing: contract.missingReasons,
    'reopen-box': contract.brokenSealReasons,
  });
  const manual = contract.laneAction.options.find(({ shape }) => shape.action.value === 'manual');
  expect([...idTypesToType].sort()).toEqual(
    [...(manual!.shape as { idType: { options: string[] } }).idType.options].sort(),
  );
  expect(new Map(commandCodes)).toEqual(new Map(contract.commandCodes));
  expect(commandCodes).toHaveLength(contract.commandCodes.length);
});

test('every action has a button somewhere', () => {
  expect([...actionsWithButton].sort()).toEqual([...names].sort());
});

test('each button that makes sense is there once, and no other', () => {
  for (const mode of ['sampling', 'packing'] as const) {
    const { row, more } = buttonsOf({ mode, can: [...names, 'a-newer-action', 'constructor'] });
    const shown = [...row, ...more];
    expect(new Set(shown).size).toBe(shown.length);
    // The answers stand with their question.
    expect(shown.filter((name) => name !== undefined).sort()).toEqual(
      names.filter((name) => name !== 'confirm' && name !== 'cancel').sort(),
    );
    expect(buttonsOf({ mode, can: [] })).toEqual({ row: row.map(() => undefined), more: [] });
  }
});

test('an action stands in one place, whatever else is possible', () => {
  for (const name of ['undo', 'close-tube', 'manual', 'reopen-tube'] as const) {
    const alone = buttonsOf({ mode: 'sampling', can: [name] }).row.indexOf(name);
    const among = buttonsOf({
      mode: 'sampling',
      can: [...contract.commandCodes.map(([, { action }]) => action), name],
    });
    expect(alone).toBeGreaterThanOrEqual(0);
    expect([alone, -1]).toContain(among.row.indexOf(name));
  }
  const at = (name: 'close-tube' | 'reopen-tube') => buttonsOf({ mode: 'sampling', can: [name] }).row.indexOf(name);
  expect(Math.abs(at('close-tube') - at('reopen-tube'))).toBeGreaterThan(1);
});
