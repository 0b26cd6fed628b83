/**
 * The samplers' screens in a real browser, over the real API: every situation of a lane, at the sizes huts have, alone
 * and beside another, in both languages. The hut behind it is a fake view. It needs Chromium.
 */
import { join } from 'node:path';
import pino from 'pino';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../../gateway/api/api.ts';
import { pageDir } from '../../gateway/api/page-dir.ts';
import type { LaneAction, LaneView } from '../../gateway/contract/lane.ts';
import { axeViolations } from '../support/axe.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { createFakeHut, type FakeHut, fakeDevice } from '../support/fake-hut.ts';
import { laneComplaints } from '../support/lane-measure.ts';
import { type LaneViewName, laneViewNames, laneViewOf, said, sampling } from '../support/lane-views.ts';
import { until } from '../support/until.ts';

/** Where the pictures of kiosk-ui/screens/ go, when they are wanted. */
const pictures = process.env.HUTGATE_SCREENS;
const staticDir = process.env.HUTGATE_PAGE ?? pageDir;

const sizes = [
  [1280, 800],
  [1920, 1080],
  [1080, 1920],
] as const;
const languages = ['zh-CN', 'en'] as const;
type Language = (typeof languages)[number];

describeInChromium('lane', () => {
  let browser: Browser;
  let hut: FakeHut;
  let api: Api;
  let context: BrowserContext;
  let page: Page;
  let acted: { readonly lane: string; readonly action: LaneAction }[];
  let complaints: string[];

  const show = async (lane: LaneView) => {
    hut.setLane(lane);
    await page
      .getByTestId(lane.id)
      .locator(`[data-said="${lane.said?.id ?? 'none'}"]`)
      .waitFor();
  };
  const open = async ({
    hash = '#/lane/lane-1',
    size: [width, height] = sizes[0] as readonly [number, number],
    language = 'zh-CN' as Language,
    theme = 'day',
    scale = 1,
  } = {}) => {
    context = await browser.newContext({
      viewport: { width, height },
      hasTouch: true,
      reducedMotion: 'reduce',
      deviceScaleFactor: scale,
    });
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    page.on('dialog', (dialog) => complaints.push(dialog.message()));
    await page.addInitScript(
      `if (!localStorage.length) localStorage.setItem('hutgate.preferences', JSON.stringify(${JSON.stringify({ language, theme })}))`,
    );
    await page.goto(`${api.url}/${hash}`);
    await page.getByTestId('main').waitFor();
  };
  const lane = () => page.getByTestId('lane-1');
  const inLane = (expression: string) =>
    page.evaluate(`((lane) => ${expression})(document.querySelector('[data-testid=lane-1]'))`);
  const button = (name: string | RegExp) => lane().getByRole('button', { name, exact: true });
  /** A tap that the guard against a bouncing finger let through. */
  const tap = async (name: string, done: () => Promise<boolean> | boolean) =>
    until(`a tap on ${name}`, async () => {
      if (await done()) return true;
      await button(name)
        .tap({ timeout: 1_000 })
        .catch(() => {});
      return done();
    });
  const shows = (testId: string) => () => lane().getByTestId(testId).isVisible();
  const sent = (count: number) => () => acted.length >= count;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    complaints = [];
    acted = [];
    hut = createFakeHut();
    hut.setSampling(sampling);
    for (const id of ['lane-1', 'lane-2']) hut.setLane(laneViewOf('person-added', id));
    api = await startApi({
      listen: { host: '127.0.0.1', port: 0 },
      view: {
        ...hut.view,
        act: async (lane: string, action: LaneAction) => {
          acted.push({ lane, action });
          return said('noted', 'resumed');
        },
      },
      staticDir,
      log: pino({ level: 'silent' }),
    });
  });
  afterEach(async () => {
    await context.close();
    await api.close();
    expect(complaints).toEqual([]);
  });

  describe.each(['#/lane/lane-1', '#/lanes'])('%s', (hash) => {
    // The last one: under a banner of one line.
    describe.each([...sizes, [1280, 740] as const])('%i x %i', (width, height) => {
      test.each(languages)('in every situation nothing is cut off, small, faint or too close: %s', async (language) => {
        await open({ hash, size: [width, height], language });
        // The other lane has all the trouble there is, so that its chips take their room.
        hut.setDevice({ ...fakeDevice('scanner-2', 'scanner', 'scanner-line', { state: 'missing' }), lane: 'lane-2' });
        hut.setLane(laneViewOf('trouble', 'lane-2'));
        const found: string[] = [];
        for (const name of laneViewNames) {
          await show(laneViewOf(name));
          for (const complaint of await laneComplaints(page)) found.push(`${name}: ${complaint}`);
        }
        expect(found).toEqual([]);
      });
    });
  });

  test('there is nothing axe complains about, day and night', async () => {
    for (const theme of ['day', 'night']) {
      await open({ theme, language: 'en' });
      const found: string[] = [];
      for (const name of laneViewNames) {
        await show(laneViewOf(name));
        for (const violation of await axeViolations(page)) found.push(`${name}: ${violation}`);
        if (theme === 'night') for (const complaint of await laneComplaints(page)) found.push(`${name}: ${complaint}`);
      }
      expect(found).toEqual([]);
      if (theme === 'day') await context.close();
    }
  });

  test.each(languages)('every panel fits, beside another lane too: %s', async (language) => {
    const words = {
      'zh-CN': { more: '更多', back: '返回', undo: /^撤销/, manual: '输证号', void: '作废管', exclude: '不采样' },
      en: { more: 'More', back: 'Back', undo: /^Undo/, manual: 'Type ID', void: 'Void tube', exclude: 'Not sampled' },
    }[language];
    for (const hash of ['#/lane/lane-1', '#/lanes']) {
      await open({ hash, language });
      const found: string[] = [];
      for (const path of [
        [words.undo],
        [words.more],
        [words.more, words.void],
        [words.more, words.exclude],
        [words.manual],
        [words.manual, language === 'en' ? 'Passport' : '护照'],
        [words.manual, language === 'en' ? 'Resident ID' : '身份证'],
      ]) {
        await show(laneViewOf('person-added'));
        for (const name of path) {
          const before = await lane().getByRole('heading', { level: 3 }).allTextContents();
          await until(`${name}`, async () => {
            await button(name)
              .tap({ timeout: 1_000 })
              .catch(() => {});
            return String(await lane().getByRole('heading', { level: 3 }).allTextContents()) !== String(before);
          });
        }
        for (const complaint of await laneComplaints(page)) found.push(`${path}: ${complaint}`);
        expect(await axeViolations(page)).toEqual([]);
        while (await lane().getByTestId('panel').isVisible()) await button(words.back).tap();
      }
      expect(found).toEqual([]);
      if (hash !== '#/lanes') await context.close();
    }
  });

  test('says each outcome by colour, icon and word, and plainly that nothing was recorded', async () => {
    await open();
    const band = lane().getByTestId('band');
    const looks = new Map<string, string>();
    for (const name of ['person-added', 'tube-full', 'noted', 'repeat', 'question', 'refused'] as const) {
      const view = laneViewOf(name);
      await show(view);
      const look = String(
        await inLane(
          '[getComputedStyle(lane.querySelector(".band")).backgroundColor, lane.querySelector(".band path").getAttribute("d")]',
        ),
      );
      looks.set(look, await band.locator('strong').innerText());
    }
    expect(looks.size).toBe(6);
    expect(new Set(looks.values()).size).toBe(6);
    expect(await band.innerText()).toContain('没有记录');
    await show({ ...laneViewOf('refused'), said: said('refused', 'scan-tube-first') });
    expect(await band.innerText()).toBe('没有记录\n还没有试管\n先扫试管，再扫这个人。');
  });

  test('the first scan of all is told where to go', async () => {
    await open();
    await show(laneViewOf('first'));
    expect(await lane().getByTestId('next').innerText()).toContain('请扫新试管');
    await show(laneViewOf('tube-opened'));
    expect(await lane().getByTestId('next').innerText()).toContain('请扫第 1 人');
    expect(await lane().getByTestId('counter').innerText()).toMatch(/^0\s*\/ 20$/);
  });

  test('a button for what the lane can do, and for nothing else', async () => {
    await open();
    await show(laneViewOf('paused'));
    expect(await lane().getByRole('button').allTextContents()).toEqual(['继续']);
    await tap('继续', sent(1));
    expect(acted).toEqual([{ lane: 'lane-1', action: { action: 'resume' } }]);
    await show({ ...laneViewOf('person-added'), can: ['a-newer-action', 'close-tube'] });
    expect(await lane().getByRole('button').allTextContents()).toEqual(['关管']);
  });

  test('undo asks whether the swab is in the tube, and its yes is somewhere else', async () => {
    await open();
    const first = (await button(/^撤销/).boundingBox())!;
    await until('the question', async () => {
      await button(/^撤销/).tap();
      return shows('panel')();
    });
    expect(acted).toEqual([]);
    for (const option of await lane().getByTestId('panel').getByRole('button').all()) {
      if (!/撤销|作废/.test(await option.innerText())) continue;
      const box = (await option.boundingBox())!;
      const center = [first.x + first.width / 2, first.y + first.height / 2] as const;
      const isUnder =
        box.x <= center[0] && center[0] <= box.x + box.width && box.y <= center[1] && center[1] <= box.y + box.height;
      expect(isUnder, await option.innerText()).toBe(false);
    }
    await tap('没有采，撤销此人', sent(1));
    expect(acted[0]!.action).toEqual({ action: 'undo' });
  });

  test('a panel that was opened for one person is gone when the next one is scanned', async () => {
    await open();
    await until('the panel', async () => {
      await button(/^撤销/).tap();
      return shows('panel')();
    });
    const view = laneViewOf('person-added');
    await show({ ...view, said: said('ok', 'person-added', { slot: 8, capacity: 20, shown: '王*' }) });
    expect(await shows('panel')()).toBe(false);
    expect(acted).toEqual([]);
  });

  test.each([
    ['#/lane/lane-1', sizes[0]],
    ['#/lanes', sizes[0]],
    ['#/lanes', sizes[2]],
    ['#/lane/lane-1', sizes[1]],
  ] as const)(
    'void is three places: more, the reason, and a yes that is at none of the others: %s',
    async (hash, size) => {
      await open({ hash, size });
      const boxes = [(await button('更多').boundingBox())!];
      await tap('更多', () => button('作废管').isVisible());
      boxes.push((await button('作废管').boundingBox())!);
      await tap('作废管', () => button('漏液').isVisible());
      boxes.push((await button('漏液').boundingBox())!, (await button('返回').boundingBox())!);
      await tap('漏液', sent(1));
      expect(acted[0]!.action).toEqual({ action: 'void-tube', reason: 'leaked' });
      await show(laneViewOf('void-asked'));
      const yes = (await button('作废整管').boundingBox())!;
      for (const { x, y, width, height } of boxes) {
        const apart = x + width <= yes.x || yes.x + yes.width <= x || y + height <= yes.y || yes.y + yes.height <= y;
        expect(apart).toBe(true);
      }
      await tap('作废整管', sent(2));
      expect(acted[1]!.action).toEqual({ action: 'confirm' });
    },
  );

  test('a finger that bounces presses once', async () => {
    await open();
    await show(laneViewOf('tube-closed'));
    await until('the action', async () => {
      if (acted.length === 0)
        await inLane('[1, 2, 3, 4, 5].forEach(() => lane.querySelector(".row > :nth-child(4)").click())');
      return acted.length > 0;
    });
    expect(acted).toEqual([{ lane: 'lane-1', action: { action: 'reopen-tube' } }]);
  });

  test('a number is typed on the pad, masked but for its last four, and sent', async () => {
    await open();
    await tap('输证号', () => button('身份证').isVisible());
    await tap('身份证', shows('echo'));
    const echo = lane().getByTestId('echo');
    const id = '41019919900307001X';
    for (const [at, key] of [...id].entries())
      await until(`key ${at}`, async () => {
        if ([...(await echo.innerText()).trim()].length > at) return true;
        await lane().getByRole('button', { name: key, exact: true }).tap();
        return [...(await echo.innerText()).trim()].length > at;
      });
    expect(await echo.innerText()).toBe('••••••••••••••001X');
    // A scan meanwhile is said above, and what was typed stays.
    await show({ ...laneViewOf('person-added'), said: said('refused', 'unknown-code') });
    expect(await lane().getByTestId('band').innerText()).toContain('没有记录');
    expect(await echo.innerText()).toBe('••••••••••••••001X');
    await tap('确定', sent(1));
    expect(acted[0]!.action).toEqual({ action: 'manual', idType: '01', idNumber: id });
    expect(await page.content()).not.toContain(id);
    expect(JSON.stringify(await page.evaluate('({ ...localStorage })'))).not.toContain('4101');
  });

  test('undo counts down by itself and goes when its time is over', async () => {
    await open();
    await show({ ...laneViewOf('person-added'), undoLeftMs: 2_000 });
    await button(/^撤销\s*2 秒$/).waitFor();
    await button(/^撤销\s*1 秒$/).waitFor();
    await button(/^撤销/).waitFor({ state: 'detached' });
    // The others are where they were.
    expect(await button('关管').isVisible()).toBe(true);
  });

  test('says until when sampling takes place, or from when on', async () => {
    await open();
    await show(laneViewOf('person-added'));
    await lane().getByText('采样至 12:00').waitFor();
    await show(laneViewOf('outside-times'));
    await lane().locator('.chip.ground-warn', { hasText: '不在采样时段，11-08 06:00 开始' }).locator('svg').waitFor();
  });

  test('compares what is in the box with what should be', async () => {
    await open();
    await show(laneViewOf('missing'));
    expect(await lane().getByTestId('compare').innerText()).toContain('还缺 14 管');
    expect(await lane().getByTestId('compare').innerText()).toContain('…0030');
    expect(await lane().getByTestId('box-temperature').innerText()).toMatch(/温度超限 2 次\s+-0.5 – 11.2 °C/);
    await show(laneViewOf('counting'));
    expect(await lane().getByTestId('box-temperature').innerText()).toMatch(/箱温\s+3.9 – 5.2 °C/);
    expect(await lane().getByTestId('counter').innerText()).toContain('5');
    expect(await lane().getByTestId('compare').innerText()).toContain('还没点 7 管');
    await tap('输入管数', shows('echo'));
    for (const key of ['1', '2'])
      await tap(key, async () => (await lane().getByTestId('echo').innerText()).includes(key));
    await tap('确定', sent(1));
    expect(acted[0]!.action).toEqual({ action: 'count', count: 12 });
  });

  test('a screen that is not live is grey, says so, and cannot be pressed', async () => {
    await open();
    await show(laneViewOf('person-added'));
    hut.hang(true);
    await lane().getByText('画面已停止更新').waitFor();
    expect(await lane().getByTestId('band').innerText()).not.toContain('已记录');
    expect(await inLane('getComputedStyle(lane.querySelector(".lane-body")).filter')).toBe('grayscale(1)');
    await button('关管')
      .tap({ timeout: 500, force: true })
      .catch(() => {});
    expect(acted).toEqual([]);
    expect(await laneComplaints(page)).toEqual([]);
    hut.hang(false);
    await lane().getByText('已记录').waitFor();
  });

  test('what a wire says is shown as text', async () => {
    await open();
    const shown = '<img src=x onerror=alert(1)>\u202e*';
    const view = laneViewOf('person-added');
    await show({
      ...view,
      tube: { ...view.tube!, code: 'T<b>\u202e\u0000' },
      lastPersons: [{ slot: 7, shown, via: 'qr', at: view.lastPersons[0]!.at }],
      said: said('ok', 'person-added', { slot: 7, capacity: 20, shown }),
    });
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
    expect(await lane().getByTestId('last').innerText()).toContain('<img src=x');
    expect(await lane().innerText()).not.toMatch(/[\u202e\u0000]/);
  });

  test('sounds what is said while live, and nothing old after a reload', async () => {
    await open();
    const listen = `
      window.heard = [];
      OscillatorNode.prototype.start = new Proxy(OscillatorNode.prototype.start, {
        apply(start, node, args) { window.heard.push(Math.round(node.frequency.value)); return Reflect.apply(start, node, args); },
      });`;
    await page.addInitScript(listen);
    await page.reload();
    const heard = () => page.evaluate('window.heard') as Promise<number[]>;
    await lane().getByText('无声').waitFor();
    await lane().getByTestId('band').tap();
    await lane().getByText('无声').waitFor({ state: 'detached' });
    expect(await heard()).toEqual([]);
    await show(laneViewOf('person-added'));
    await until('the tone', async () => (await heard()).length === 1);
    await show(laneViewOf('refused'));
    await until('the other tone', async () => (await heard()).length === 3);
    // The same lane again, with nothing newly said.
    const view = laneViewOf('refused');
    await show(view);
    await until('a third tone', async () => (await heard()).length === 5);
    hut.setLane({ ...view, label: { waiting: 3 } });
    await lane().getByText('3 张标签等着').waitFor();
    expect(await heard()).toHaveLength(5);
  });

  // Not a test of anything: only there when the pictures are wanted.
  const takePictures = async () => {
    const take = async (
      name: LaneViewName,
      size: readonly [number, number],
      hash: string,
      language: Language,
      theme: string,
    ) => {
      await open({ size, hash, language, theme, scale: 0.5 });
      await lane().getByTestId('band').tap();
      await show(laneViewOf(name));
      await page.screenshot({ path: join(pictures!, `lane-${name}-${size.join('x')}.png`) });
      await context.close();
    };
    for (const size of sizes) {
      await take('person-added', size, '#/lane/lane-1', 'zh-CN', 'day');
      await take('packed', size, '#/lane/lane-1', 'zh-CN', 'night');
      await take('question', size, '#/lanes', 'en', 'day');
    }
    await take('refused', sizes[0], '#/lanes', 'zh-CN', 'day');
    await open();
  };
  if (pictures) test('pictures', takePictures);
});
