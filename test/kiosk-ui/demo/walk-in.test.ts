import { expect, test } from 'vitest';
import { codePattern, personPattern } from '../../../config/code-pattern.ts';
import { idCheckOk } from '../../../device-drivers/wire/id-number.ts';
import { parseMrz } from '../../../device-drivers/wire/mrz.ts';
import { campaign } from '../../../gateway/cli/demo.ts';
import { commandCodes } from '../../../gateway/contract/lane.ts';
import { boxCode, courierCode, nextSecond, sealCode, tubeCode } from '../../../kiosk-ui/src/demo/codes.ts';
import { demoCommands } from '../../../kiosk-ui/src/demo/commands.ts';
import { deskDevice } from '../../../kiosk-ui/src/demo/desk.ts';
import {
  adult,
  child,
  dayBefore,
  paperCode,
  passportZone,
  paymentCode,
  phoneCode,
} from '../../../kiosk-ui/src/demo/people.ts';
import { stepsOf, visitors } from '../../../kiosk-ui/src/demo/walk-in.ts';
import { findPerson } from '../../../simulators/people.ts';
import { simulators } from '../../../simulators/registry.ts';

const nowMs = new Date(2022, 10, 7, 7, 13, 8).getTime();
const seconds = Math.floor(nowMs / 1_000);
const groupsOf = (text: string) =>
  campaign.persons.flatMap(({ name, pattern }) => {
    const compiled = personPattern(pattern);
    const groups = 'groups' in compiled ? compiled.groups(text) : undefined;
    return groups ? [{ kind: name, ...groups }] : [];
  });
const objectsOf = (text: string) =>
  Object.entries(campaign.codes).flatMap(([name, source]) => {
    const compiled = codePattern(source);
    return 'matches' in compiled && compiled.matches(text) ? [name] : [];
  });

test('nobody exists: numbers of a county that there is not, with their check digit, each another', () => {
  const numbers = Array.from({ length: 20_000 }, (_, i) => [adult(seconds + i), child(seconds + i)]).flat();
  for (const { idNumber, phone } of numbers) {
    expect(idNumber.startsWith('410199') && idCheckOk(idNumber)).toBe(true);
    expect(phone).toMatch(/^100\d{8}$/);
  }
  expect(new Set(numbers.map(({ idNumber }) => idNumber)).size).toBe(numbers.length);
  expect(child(7).phone).toBe(adult(7).phone);
});

test('each code is read by the demo’s configuration as what it is, and as nothing else', () => {
  const person = adult(seconds);
  const { idNumber, name, phone } = person;
  expect(groupsOf(phoneCode(person))).toEqual([{ kind: 'phone', idNumber, name, phone }]);
  expect(groupsOf(phoneCode(person, dayBefore(nowMs)))).toEqual([
    { kind: 'phone', idNumber, name, phone, vaccinated: '20221106' },
  ]);
  expect(groupsOf(paperCode(seconds))).toEqual([{ kind: 'paper' }]);
  for (const text of [paymentCode(seconds), passportZone(seconds), tubeCode(nowMs)]) expect(groupsOf(text)).toEqual([]);
  expect([tubeCode, boxCode, sealCode].map((code) => objectsOf(code(nowMs)))).toEqual([['tube'], ['box'], ['seal']]);
  expect(objectsOf(courierCode)).toEqual(['courier']);
  for (const text of [paymentCode(1), phoneCode(person), paperCode(1)]) expect(objectsOf(text)).toEqual([]);
});

test('a code is another one with each tap, however fast', () => {
  let last = 0;
  const codes = Array.from({ length: 100 }, () => {
    last = nextSecond(nowMs, last);
    return tubeCode(last);
  });
  expect(new Set(codes).size).toBe(100);
  expect(codes[0]).toBe('T1107071308');
});

test('the passport’s check digits are right', () => {
  for (const n of [0, 1, 99, seconds]) {
    const zone = passportZone(n);
    expect(zone).toHaveLength(88);
    expect(parseMrz([zone.slice(0, 44), zone.slice(44)])).toMatchObject({
      name: 'SHILI, CESHI',
      nationality: 'UTO',
      wrongChecks: [],
    });
  }
});

test('whatever somebody does is done at the desk of that lane, with an action that its simulator has', () => {
  const devices = ['scanner-line', 'id-sam', 'thermometer-line'].flatMap((driver) =>
    [1, 2].map((lane) => {
      const simulator = simulators.get(driver)!;
      const { actions } = simulator.create(simulator.options.parse({}), {
        clock: { monotonicMs: () => 0, wallMs: () => 0, after: () => () => {} },
        random: () => 0.5,
        send: () => {},
      });
      return {
        id: `${driver}-${lane}`,
        driver,
        plugged: true,
        state: {},
        actions: [...actions].map(([name, { args }]) => ({ name, describe: '', args: {}, schema: args })),
      };
    }),
  );
  for (const visitor of visitors)
    for (const step of stepsOf(visitor, seconds, nowMs)) {
      const found = deskDevice(devices, 'lane-2', step)!;
      expect(found.id).toMatch(/-2$/);
      const { schema } = devices.find(({ id }) => id === found.id)!.actions.find(({ name }) => name === found.action)!;
      schema.parse(found.args);
      if (step.at === 'card') expect(findPerson(step.person)?.idNumber).toMatch(/^410199/);
    }
  const withoutThermometer = devices.filter(({ driver }) => driver !== 'thermometer-line');
  expect(deskDevice(withoutThermometer, 'lane-1', { at: 'thermometer', celsius: 36.5 })).toBeUndefined();
});

test('the command barcodes are on the sheet', () => {
  const known = commandCodes.map(([code]) => code);
  expect(demoCommands.filter((code) => !known.includes(code))).toEqual([]);
});
