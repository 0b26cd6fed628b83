import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as contract from '../../../gateway/contract/lane.ts';
import { bandOf, counterOf, nextOf } from '../../../kiosk-ui/src/lane/look.ts';
import { laneCatalogues } from '../../../kiosk-ui/src/text/lane-catalogue.ts';
import { laneViewNames, laneViewOf } from '../../support/lane-views.ts';

const languages = Object.values(laneCatalogues);
const valueNames = [
  'slot',
  'capacity',
  'shown',
  'tube',
  'old',
  'box',
  'seal',
  'count',
  'of',
  'reason',
  'operator',
  'from',
];
const more = ['persons', 'tubes', 'celsius', 'fever', 'at', 'state', 'lane', 'system', 'counted', 'outside', 'opens'];

test('all that a lane can say is said in both languages, whatever the values hold', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('constructor', '__proto__', ''),
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...valueNames, ...more), fc.oneof(hostile, fc.double())),
      fc.constantFrom(...contract.sayings),
      fc.constantFrom(...contract.tones),
      (values, code, tone) => {
        for (const t of languages) {
          const lane = { ...laneViewOf('person-added'), said: { id: 1, tone, code, values, at: '' } };
          const { word, text, todo } = bandOf(lane, t, true);
          for (const said of [word, text, todo])
            expect(said).not.toMatch(/[\p{Cc}\p{Cf}]|undefined|\[object|function/u);
          expect(word).not.toBe('');
          expect(text).not.toBe('');
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('outside the sampling times it is said when they begin, with the day when it is not today', () => {
  const lane = laneViewOf('outside-times');
  const texts = () => languages.map((t) => bandOf(lane, t, true).text);
  expect(texts()).toEqual([
    'OP000001 接班。不在采样时段，11-08 06:00 开始',
    'OP000001 takes over. Out of hours until 11-08 06:00',
  ]);
  Object.assign(lane.said!.values, { opens: '2022-11-07T11:00:00.000+08:00' });
  expect(texts()[1]).toContain('until 11:00');
  Object.assign(lane.said!.values, { opens: '' });
  expect(texts().map((text) => text.split(/\. |。/)[1])).toEqual(['采样时段已结束', 'Sampling hours are over']);
});

test('a refusal says that nothing was recorded, and what to do', () => {
  for (const t of languages) {
    const lane = { ...laneViewOf('refused') };
    expect(bandOf(lane, t, true).word).toMatch(/没有记录|NOT recorded/);
    const silent = new Set(['nothing-to-undo', 'nothing-to-print', 'not-identified-scanner']);
    for (const [code, todo] of Object.entries(t.todo)) expect(todo !== '' || silent.has(code), code).toBe(true);
  }
});

test('no word is the same for two tones, two actions or two reasons', () => {
  for (const t of languages) {
    for (const words of [t.tone, t.action, t.idType, t.yes])
      expect(new Set(Object.values(words)).size).toBe(Object.keys(words).length);
  }
});

test('a saying this page does not know yet still tells its outcome', () => {
  const lane = laneViewOf('refused');
  const newer = { ...lane, said: { ...lane.said!, code: 'a-newer-code' as 'same-code' } };
  for (const t of languages) expect(bandOf(newer, t, true)).toMatchObject({ ground: 'bad', text: 'a-newer-code' });
  const inherited = { ...lane, said: { ...lane.said!, code: 'toString' as 'same-code' } };
  expect(bandOf(inherited, languages[0]!, true).text).toBe('toString');
});

test('a screen that is not live shows no outcome', () => {
  for (const name of laneViewNames)
    for (const t of languages) {
      const { word, text } = bandOf(laneViewOf(name), t, false);
      expect([word, text]).toEqual([t.notLive, '']);
    }
});

test('there is a next step in every situation, and it names the next place', () => {
  for (const name of laneViewNames) for (const t of languages) expect(nextOf(laneViewOf(name), t).verb).not.toBe('');
  const lane = { ...laneViewOf('person-added'), next: { step: 'scan-person' as const, values: {} } };
  expect(nextOf(lane, laneCatalogues['zh-CN']).verb).toBe('请扫第 8 人');
  const free = { ...lane, next: { step: 'scan-person' as const, values: { slot: 3 } } };
  expect(nextOf(free, laneCatalogues['zh-CN']).verb).toBe('请扫第 3 人');
});

test('the counter is of the tube in hand, of the group, or of the tube that was just filled', () => {
  expect(counterOf(laneViewOf('person-added'))).toEqual({ count: 7, capacity: 20, of: 'open', tail: '0042' });
  expect(counterOf(laneViewOf('unconfirmed'))).toMatchObject({ of: 'unconfirmed' });
  expect(counterOf(laneViewOf('group'))).toEqual({ count: 3, capacity: 10, of: 'group' });
  expect(counterOf(laneViewOf('tube-full'))).toMatchObject({ count: 20, of: 'full' });
  expect(counterOf(laneViewOf('tube-closed'))).toMatchObject({ count: 7, of: 'closed' });
  expect(counterOf(laneViewOf('first'))).toBeUndefined();
});
