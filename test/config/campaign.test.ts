import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { catalog } from './catalog.ts';

const hut = (campaign: string) => `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
campaign: { ${campaign} }
`;
const problems = (campaign: string) =>
  (loadConfig(hut(campaign), 'hut.yaml', catalog).problems ?? []).map(formatProblem);

test('has its defaults', () => {
  const { config } = loadConfig(hut("persons: [{ name: app, pattern: '^HK\\w{20}$' }]"), 'hut.yaml', catalog);
  expect(config?.campaign).toEqual({
    round: 'r1',
    kind: 'normal',
    poolSize: 10,
    flow: 'tube-first',
    codes: {},
    persons: [{ name: 'app', pattern: String.raw`^HK\w{20}$`, via: 'qr', class: 'normal' }],
    temperature: 'off',
    feverC: 37.3,
    vaccineHours: 48,
    undoSeconds: 60,
    reopenSeconds: 120,
    repeatMs: 2_500,
    tubeAge: { amberMinutes: 120, redMinutes: 210 },
    boxTubesMax: 20,
  });
});

test('a pattern of persons may match resident-ID numbers', () => {
  expect(problems(String.raw`persons: [{ name: id, pattern: '^(?<idNumber>\d{17}[\dX])$' }]`)).toEqual([]);
});

test('one pattern may stand for two symbologies', () => {
  const twice = `persons: [{ name: a, pattern: '^P\\d{8}$', symbology: ']Q', class: single }, { name: b, pattern: '^P\\d{8}$', symbology: ']C' }]`;
  expect(problems(twice)).toEqual([]);
});

describe('a mistake', () => {
  test.each([
    ["codes: { operator: '^(a+)+$' }", 'campaign.codes.operator: can take very long'],
    ["codes: { seal: '^\\d{18}$' }", 'campaign.codes.seal: also matches resident-ID numbers'],
    ["codes: { tube: '^T\\d{8}$', box: '^T\\d{8}$' }", 'campaign.codes.box: is the pattern of campaign.codes.tube too'],
    ["codes: { courier: '^[A-Z:]{2,40}$' }", 'campaign.codes.courier: also matches command barcodes; allowed: no text'],
    ["codes: { parcel: '^P$' }", 'campaign.codes.parcel: unknown key'],
    ["persons: [{ name: a, pattern: '^.{1,400}$' }]", 'campaign.persons[0].pattern: also matches command barcodes'],
    ["persons: [{ name: a, pattern: '^(?:.*a){12}$' }]", 'campaign.persons[0].pattern: can take very long'],
    [
      "persons: [{ name: a, pattern: '^(?<idnumber>P\\d{8})$' }]",
      'campaign.persons[0].pattern: has a group of another name; allowed: the groups idNumber, name, phone, vaccinated',
    ],
    [
      "codes: { tube: '^T\\d{8}$' }, persons: [{ name: a, pattern: '^T\\d{8}$', symbology: ']Q' }]",
      'campaign.persons[0].pattern: is the pattern of campaign.codes.tube too',
    ],
    [
      "persons: [{ name: a, pattern: '^P\\d{8}$' }, { name: b, pattern: '^P\\d{8}$' }]",
      'campaign.persons[1].pattern: is the pattern of campaign.persons[0].pattern too',
    ],
    [
      "persons: [{ name: a, pattern: '^P\\d{8}$' }, { name: a, pattern: '^Q\\d{8}$' }]",
      'campaign.persons[1].name: is the name of an earlier code',
    ],
    [
      "persons: [{ name: a, pattern: '^P$', symbology: Q1 }]",
      'campaign.persons[0].symbology: is not valid; allowed: an AIM',
    ],
    ["persons: [{ name: a, pattern: '^P$', via: card }]", 'campaign.persons[0].via: is not one of the allowed values'],
    ['tubeAge: { redMinutes: 60 }', 'campaign.tubeAge.redMinutes: amber is after 120 and red after 60 minutes'],
    ['tubeAge: { amberMinutes: 300 }', 'campaign.tubeAge.amberMinutes: amber is after 300 and red after 210 minutes'],
    ['temperature: maybe', 'campaign.temperature: is not one of the allowed values; allowed: off, optional, required'],
  ])('%s', (campaign, message) => {
    const found = problems(campaign);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});
