import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { campaignWith, classifierRules } from '../../gateway/campaign.ts';
import { type PlanMessage, parseMessage, plan } from '../../gateway/contract/messages.ts';
import { makeIdentityOf } from '../../gateway/identity-of-text.ts';
import { makeClassifier } from '../../gateway/lane/classify.ts';
import { catalog } from '../config/catalog.ts';

const { config } = loadConfig(
  `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
campaign: { round: r1, feverC: 37.5, codes: { tube: '^T\\d{10}$', box: '^B\\d{8}$' }, destination: lab-2 }
`,
  'hut.yaml',
  catalog,
);
const configured = config!.campaign;
const withPlan = (message: object) => {
  const parsed = parseMessage<PlanMessage>(plan, Buffer.from(JSON.stringify(message)));
  expect(parsed.problem).toBeUndefined();
  return campaignWith(configured, parsed.value!);
};

describe('a plan', () => {
  test('replaces what it says, and leaves the rest as configured', () => {
    const persons = [{ name: 'app', pattern: String.raw`^HK\w{20}$`, colour: 'green' }];
    const windows = [{ from: '2022-11-07T06:00:00+08:00', to: '2022-11-07T12:00:00+08:00', gate: 'north' }];
    const codes = { tube: '^K\\d{9}$' };
    const { campaign } = withPlan({ version: '2', kind: 'resample', poolSize: 20, codes, persons, windows });
    expect(campaign).toEqual({
      ...configured,
      version: '2',
      kind: 'resample',
      poolSize: 20,
      codes: { tube: String.raw`^K\d{9}$`, box: String.raw`^B\d{8}$` },
      persons: [{ name: 'app', pattern: String.raw`^HK\w{20}$`, via: 'qr', class: 'normal' }],
      windows: [{ from: '2022-11-07T06:00:00+08:00', to: '2022-11-07T12:00:00+08:00' }],
    });
  });

  test('that says nothing but its version changes nothing else', () => {
    expect(withPlan({ version: '3', newInV1: true }).campaign).toEqual({ ...configured, version: '3' });
  });

  test.each([
    [{ codes: { tube: '^(a+)+$' } }, 'codes.tube: can take very long on a hostile code'],
    [{ codes: { seal: '^\\d{17}[\\dX]$' } }, 'codes.seal: also matches resident-ID numbers'],
    [{ codes: { tube: '^B\\d{8}$' } }, 'codes.box: is the pattern of campaign.codes.tube too'],
    [{ persons: [{ name: 'a', pattern: 'HK' }] }, 'persons[0].pattern: does not match the whole text'],
    [{ persons: [{ name: 'a', pattern: '^HK$', symbology: 'QR' }] }, 'persons[0].symbology: is not valid'],
    [{ round: '轮次 1' }, 'round: is not valid'],
    [
      { windows: [{ from: '2022-11-07T12:00:00+08:00', to: '2022-11-07T06:00:00+08:00' }] },
      'windows[0]: ends before it begins',
    ],
  ])('%j is refused with its key', (message, error) => {
    const { errors } = withPlan({ version: '4', ...message });
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toContain(error);
  });
});

test('a classifier is made of a campaign', () => {
  const { campaign } = withPlan({ version: '5', persons: [{ name: 'app', pattern: '^HK[A-Z]{8}$', class: 'single' }] });
  const classify = makeClassifier(
    classifierRules(
      campaign!,
      makeIdentityOf(() => undefined),
    ),
  );
  expect(classify('T2211070042')).toEqual({ kind: 'tube', code: 'T2211070042' });
  expect(classify('HKABCDEFGH')).toMatchObject({ kind: 'person', cls: 'single', provisional: true });
  expect(classify('410199199003070018')).toMatchObject({ kind: 'person', idType: '01' });
  expect(classify('S00000001')).toEqual({ kind: 'unknown', why: 'no-pattern' });
});
