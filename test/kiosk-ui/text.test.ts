import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faults } from '../../device-drivers/faults.ts';
import type { SummaryPart } from '../../gateway/contract/api.ts';
import { auditEvents } from '../../gateway/contract/audit-events.ts';
import { dataSchemas } from '../../gateway/contract/events.ts';
import { readingEvents } from '../../gateway/contract/reading-events.ts';
import { samplingEvents } from '../../gateway/contract/sampling-events.ts';
import { catalogues } from '../../kiosk-ui/src/text/catalogue.ts';
import { eventTypesEn, eventTypesZhCN } from '../../kiosk-ui/src/text/event-types.ts';
import { wordsEn, wordsZhCN } from '../../kiosk-ui/src/text/event-words.ts';
import { faultsZhCN } from '../../kiosk-ui/src/text/faults-zh-CN.ts';
import { byteSize, number, timeOfDay, visible } from '../../kiosk-ui/src/text/format.ts';
import { summaryText } from '../../kiosk-ui/src/text/summary-text.ts';

test('every fault is explained in Chinese too, and no other', () => {
  expect([...faultsZhCN.keys()].sort()).toEqual(Object.keys(faults).sort());
});

test('every event has a name in both languages, and no other', () => {
  for (const names of [eventTypesZhCN, eventTypesEn])
    expect([...names.keys()].sort()).toEqual([...dataSchemas.keys()].sort());
});

test('every word of an event that a screen shows is said in both languages', () => {
  const enums = [
    [readingEvents['reading.temperature'].shape.quality],
    [
      readingEvents['reading.probe-excursion'].shape.state,
      readingEvents['reading.probe-excursion'].shape.reason.unwrap(),
    ],
    [samplingEvents['sampling.label-printed'].shape.outcome],
    [auditEvents['audit.operator-signed-out'].shape.reason, auditEvents['audit.sign-in-refused'].shape.reason],
    [auditEvents['audit.config-applied'].shape.source, auditEvents['audit.config-applied'].shape.status],
    [auditEvents['audit.command-executed'].shape.status, auditEvents['audit.clock-adjusted'].shape.before],
  ];
  const used = enums.flat().flatMap(({ options }): string[] => options);
  for (const words of [wordsZhCN, wordsEn]) expect([...words.keys()].sort()).toEqual([...new Set(used)].sort());
});

test('a summary is said in the language of the page, and hides nothing', () => {
  const say = (parts: readonly SummaryPart[]) =>
    (['zh-CN', 'en'] as const).map((language) => summaryText({ summary: '', parts }, catalogues[language]));
  expect(say([{ characters: 36, tail: '…0000' }])).toEqual(['36 个字符 …0000', '36 characters …0000']);
  expect(say([{ text: 'lane-1' }, { word: 'revoked' }])).toEqual(['lane-1 已撤销权限', 'lane-1 revoked']);
  expect(say([{ text: '\u202egnp' }, { word: '\u0000new' }])[0]).toBe('\ufffdgnp \ufffdnew');
  expect(summaryText({ summary: 'T2211070042\u0000' }, catalogues.en)).toBe('T2211070042\ufffd');
});

test('text from the wire hides nothing and keeps to a line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const shown = visible(text);
      expect([...shown].length).toBeLessThanOrEqual(40);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
  expect(visible('T2211070042')).toBe('T2211070042');
  expect(visible('张* 4101…0018')).toBe('张* 4101…0018');
  expect(visible('\u202egnp.exe\u0000')).toBe('\ufffdgnp.exe\ufffd');
});

test('times and numbers', () => {
  expect(timeOfDay('2022-11-07T07:13:08.412+08:00')).toBe('07:13:08');
  expect([0, 999, 1_000, 1_234_567].map(number)).toEqual(['0', '999', '1,000', '1,234,567']);
});

test('sizes are rounded to what a person reads', () => {
  expect([0, 999, 4_194_304, 12_000_000_000].map(byteSize)).toEqual(['0 B', '999 B', '4.2 MB', '12.0 GB']);
});

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, blue] = [1, 3, 5].map((i) => {
      const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * blue!;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

test('text stands out from its ground 7:1 or more, day and night', () => {
  const css = readFileSync(new URL('../../kiosk-ui/src/style/tokens.css', import.meta.url), 'utf8');
  const themes = [...css.matchAll(/:root[^{]*\{([^}]*)\}/g)].map(
    ([, body]) =>
      new Map([...body!.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name!, value!])),
  );
  expect(themes).toHaveLength(2);
  const pairs = [
    ...['text', 'quiet', 'good-mark'].flatMap((text) => [
      [text, 'surface'],
      [text, 'ground'],
    ]),
    ...['good', 'busy', 'warn', 'bad', 'off', 'button'].map((tone) => [`${tone}-text`, `${tone}-ground`]),
  ];
  for (const theme of themes)
    for (const [text, ground] of pairs)
      expect(contrast(theme.get(text!)!, theme.get(ground!)!), `${text} on ${ground}`).toBeGreaterThanOrEqual(7);
});
