/** The ledger against hand-written streams: what it makes of them, and every contradiction it has to notice. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSamplingLedger, type SamplingLedger } from '../../simulators/central-sampling-ledger.ts';

type Data = Readonly<Record<string, unknown>>;
type Step = readonly [type: string, data: Data];

const here = { lane: 'lane-1', session: 's1', operator: 'op-1' };
const digest = (roster: readonly { slot: number; personRef: string }[]) =>
  createHash('sha256')
    .update(roster.map(({ slot, personRef }) => `${slot}|${personRef}`).join('\n'))
    .digest('base64url');

const opened: Step = ['session-opened', { ...here, round: 'r1', poolSize: 10, flow: 'tube-first' }];
const tube = (code: string, more: Data = {}): Step => ['tube-opened', { ...here, tube: code, poolSize: 10, ...more }];
const add = (code: string, slot: number, personRef: string, more: Data = {}): Step => [
  'person-added',
  { ...here, tube: code, slot, personRef, idType: '01', via: 'qr', ...more },
];
const close = (code: string, persons: readonly string[], more: Data = {}): Step => {
  const roster = persons.map((personRef, at) => ({ slot: at + 1, personRef }));
  const about = { tube: code, poolSize: 10, count: roster.length, roster, rosterDigest: digest(roster) };
  return ['tube-closed', { ...here, ...about, ...more }];
};
const turned = (kind: 'excluded' | 'diverted', personRef: string): Step => [
  `person-${kind}`,
  { ...here, personRef, idType: '01', via: 'qr', reason: kind === 'diverted' ? 'fever' : 'vaccine-lt-48h' },
];
const remove = (code: string, slot: number, personRef: string): Step => [
  'person-removed',
  { ...here, tube: code, slot, personRef, reason: 'not-swabbed' },
];
const reopen = (code: string): Step => ['tube-reopened', { ...here, tube: code, count: 1, reason: 'undo' }];
const voided = (code: string, persons: readonly string[]): Step => [
  'tube-voided',
  {
    ...{ ...here, tube: code, count: persons.length, reason: 'leaked' },
    roster: persons.map((personRef, at) => ({ slot: at + 1, personRef })),
  },
];
const correct = (code: string, slot: number, previousPersonRef: string, personRef: string): Step => [
  'person-corrected',
  { ...here, tube: code, slot, personRef, previousPersonRef, idType: '01', via: 'qr', reason: 'wrong-identity' },
];
const box = (code: string, more: Data = {}): Step => ['box-opened', { box: code, operator: 'op-1', ...more }];
const pack = (code: string, into: string): Step => ['tube-packed', { ...here, tube: code, box: into }];
const seal = (code: string, tubes: readonly string[], counted = tubes.length): Step => [
  'box-sealed',
  { box: code, operator: 'op-1', seal: 'S1', tubes, counted },
];
const handOver = (code: string, counted: number): Step => [
  'box-handed-over',
  { box: code, operator: 'op-1', courier: 'c1', counted },
];
const sessionClosed = (persons: number, tubes: number): Step => ['session-closed', { ...here, persons, tubes }];

const event = ([type, data]: Step, seq: number) => ({
  ...{ epoch: 'e1', seq, type: `org.hutgate.sampling.${type}.v1`, data },
});
function ledgerOf(...steps: readonly Step[]): SamplingLedger {
  const ledger = createSamplingLedger();
  for (const [at, step] of steps.entries()) ledger.note(event(step, at + 1));
  return ledger;
}
const outcomes = (ledger: SamplingLedger) =>
  Object.fromEntries([...ledger.persons()].map(([ref, all]) => [ref, all.map(({ what }) => what)]));

describe('a day without trouble', () => {
  test('a tube from its opening to the courier, and a session that counted right', () => {
    const ledger = ledgerOf(
      ...[opened, tube('T1'), add('T1', 1, 'a'), add('T1', 2, 'b'), turned('excluded', 'c'), turned('diverted', 'd')],
      ...[close('T1', ['a', 'b']), box('B1'), pack('T1', 'B1'), seal('B1', ['T1']), handOver('B1', 1)],
      sessionClosed(2, 1),
    );
    expect(ledger.differences()).toEqual([]);
    expect(outcomes(ledger)).toEqual({ a: ['sampled'], b: ['sampled'], c: ['excluded'], d: ['diverted'] });
    expect(ledger.tubes().get('T1')).toMatchObject({ state: 'handed-over', box: 'B1' });
    expect(ledger.boxes().get('B1')).toMatchObject({ state: 'handed-over' });
    expect(ledger.events).toBe(12);
  });

  test('undo, also of the one who filled the tube; correction; void', () => {
    const ledger = ledgerOf(
      ...[opened, tube('T1'), add('T1', 1, 'a'), add('T1', 2, 'b'), remove('T1', 2, 'b'), add('T1', 2, 'c')],
      ...[close('T1', ['a', 'c']), reopen('T1'), remove('T1', 2, 'c'), correct('T1', 1, 'a', 'd'), close('T1', ['d'])],
      ...[tube('T2'), add('T2', 1, 'e'), voided('T2', ['e']), tube('T3'), add('T3', 1, 'b'), sessionClosed(2, 1)],
    );
    expect(ledger.differences()).toEqual([]);
    expect(outcomes(ledger)).toEqual({
      ...{ a: ['replaced'], b: ['sampled'], c: ['removed'], d: ['sampled'], e: ['resample'] },
    });
  });

  test('who waits in a group is waiting, then sampled or discarded', () => {
    const staged = (personRef: string, slot: number): Step => [
      'person-staged',
      { ...here, personRef, idType: '01', group: 'g1', slot, via: 'qr' },
    ];
    const ledger = ledgerOf(opened, staged('a', 1), staged('b', 2), tube('T1'), add('T1', 1, 'a', { group: 'g1' }));
    expect(outcomes(ledger)).toEqual({ a: ['sampled'], b: ['waiting'] });
    ledger.note(event(['group-discarded', { ...here, group: 'g1', roster: [{ slot: 2, personRef: 'b' }] }], 6));
    expect(outcomes(ledger)).toEqual({ a: ['sampled'], b: ['discarded'] });
  });

  test('the order of arrival is of no account, and what is missing is said', () => {
    const ledger = createSamplingLedger();
    ledger.note(event(opened, 1));
    ledger.note(event(add('T1', 1, 'a'), 3));
    expect(ledger.differences()).toEqual(['event 2 has not come, 1 wait behind it']);
    ledger.note(event(tube('T1'), 2));
    expect(ledger.differences()).toEqual([]);
    expect(outcomes(ledger)).toEqual({ a: ['sampled'] });
  });

  test('tubes and boxes that are older than the ledger are taken as they come', () => {
    const ledger = ledgerOf(
      ...[add('T1', 4, 'd'), close('T1', ['a', 'b', 'c', 'd']), pack('T1', 'B1'), seal('B1', ['T0', 'T1'])],
      ...[handOver('B1', 2), sessionClosed(40, 4)],
    );
    expect(ledger.differences()).toEqual([]);
  });

  test('a session counts what is its own, also when the shift changes in mid-tube', () => {
    const next = { session: 's2', operator: 'op-2' };
    const ledger = ledgerOf(
      ...[opened, tube('T1'), add('T1', 1, 'a'), sessionClosed(1, 0)],
      ['session-opened', { ...opened[1], ...next }],
      ...[add('T1', 2, 'b', next), close('T1', ['a', 'b'], next)],
      ['session-closed', { ...here, ...next, persons: 1, tubes: 1 }],
    );
    expect(ledger.differences()).toEqual([]);
  });
});

describe('what contradicts itself', () => {
  const wrong: readonly [string, readonly Step[], RegExp][] = [
    ['a tube code twice', [opened, tube('T1'), close('T1', []), tube('T1')], /T1 was used before/],
    ['two open tubes on a lane', [opened, tube('T1'), tube('T2')], /T1 is still open on lane-1/],
    ['a slot twice', [opened, tube('T1'), add('T1', 1, 'a'), add('T1', 1, 'b')], /slot 1 of T1 is taken/],
    [
      'more than the tube holds',
      [opened, tube('T1', { poolSize: 1 }), add('T1', 1, 'a'), add('T1', 2, 'b')],
      /T1 is full/,
    ],
    [
      'a person in two open tubes',
      [opened, tube('T1'), tube('T2', { lane: 'lane-2' }), add('T1', 1, 'a'), add('T2', 1, 'a')],
      /the person is in the open tube T1/,
    ],
    [
      'a person twice without a question',
      [opened, tube('T1'), add('T1', 1, 'a'), close('T1', ['a']), tube('T2'), add('T2', 1, 'a')],
      /was sampled in T1, and nobody was asked/,
    ],
    ['somebody into a closed tube', [opened, tube('T1'), close('T1', []), add('T1', 1, 'a')], /T1 is closed/],
    [
      'another roster at the close',
      [opened, tube('T1'), add('T1', 1, 'a'), close('T1', ['b'])],
      /not who was added to T1/,
    ],
    [
      'another digest',
      [opened, tube('T1'), add('T1', 1, 'a'), close('T1', ['a'], { rosterDigest: digest([]) })],
      /digest is not that of the roster/,
    ],
    ['another count', [opened, tube('T1'), close('T1', [], { count: 3 })], /3 of 10, and 0 named/],
    ['a void that forgets somebody', [opened, tube('T1'), add('T1', 1, 'a'), voided('T1', [])], /roster is not who/],
    [
      'a correction of somebody else',
      [opened, tube('T1'), add('T1', 1, 'a'), correct('T1', 1, 'x', 'b')],
      /somebody else is in slot 1/,
    ],
    [
      'a removal of somebody else',
      [opened, tube('T1'), add('T1', 1, 'a'), remove('T1', 1, 'x')],
      /somebody else is in slot 1/,
    ],
    ['an open tube in a box', [opened, tube('T1'), add('T1', 1, 'a'), box('B1'), pack('T1', 'B1')], /T1 is open/],
    ['an empty tube in a box', [opened, tube('T1'), close('T1', []), box('B1'), pack('T1', 'B1')], /T1 is empty/],
    ['a sealed box that names others', [box('B1'), seal('B1', ['T1'])], /names 1 tubes, the events packed 0/],
    ['a wrong hand count', [box('B1'), seal('B1', [], 2)], /2 were counted, 0 are named/],
    ['a box that was not sealed', [box('B1'), handOver('B1', 0)], /B1 is open/],
    [
      'a courier who counts differently',
      [box('B1'), seal('B1', []), handOver('B1', 3)],
      /courier counted 3, the box has 0/,
    ],
    ['a session that counts differently', [opened, sessionClosed(1, 0)], /says 1 persons and 0 tubes, the events 0/],
  ];
  test.each(wrong)('%s', (_name, steps, difference) => {
    expect(ledgerOf(...steps).differences()).toEqual([expect.stringMatching(difference)]);
  });

  test('two outcomes of one person are both there', () => {
    const both = ledgerOf(opened, tube('T1'), add('T1', 1, 'a'), turned('excluded', 'a'));
    expect(outcomes(both)).toEqual({ a: ['sampled', 'excluded'] });
    const once = ledgerOf(opened, turned('excluded', 'a'), turned('excluded', 'a'));
    expect(outcomes(once)).toEqual({ a: ['excluded'] });
  });
});
