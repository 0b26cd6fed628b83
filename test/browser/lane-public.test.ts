/** The queue's screen in a real browser: a place, a masked surname, an icon, and after a few seconds nothing. It needs Chromium. */
import { join } from 'node:path';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Api, startApi } from '../../gateway/api/api.ts';
import { pageDir } from '../../gateway/api/page-dir.ts';
import type { PublicMessage } from '../../gateway/contract/lane.ts';
import { axeViolations } from '../support/axe.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { createFakeHut } from '../support/fake-hut.ts';
import { laneViewOf } from '../support/lane-views.ts';

const pictures = process.env.HUTGATE_SCREENS;

describeInChromium('the screen of the queue', () => {
  let browser: Browser;
  let api: Api;
  let page: Page;
  let say: (lane: string, message: PublicMessage) => void;

  const person = (more: Partial<Extract<PublicMessage, { type: 'person' }>> = {}): PublicMessage => ({
    ...{ type: 'person', slot: 7, shown: '张*', icon: 'ok', clearsInMs: 5_000 },
    ...more,
  });
  const screen = () => page.getByTestId('public');
  const news = () => screen().getByRole('status');
  const open = async (width = 1_280, height = 800) => {
    const context = await browser.newContext({
      viewport: { width, height },
      ...(pictures && { deviceScaleFactor: 0.5 }),
    });
    page = await context.newPage();
    await page.clock.install();
    const connected = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'));
    await page.goto(`${api.url}/#/public/lane-1`);
    await connected;
    await screen().waitFor();
  };
  /** From here on time passes only when a test says so. */
  const pause = async () => page.clock.pauseAt(Number(await page.evaluate('Date.now()')) + 500);

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    const hut = createFakeHut();
    hut.setLane(laneViewOf('first'));
    api = await startApi({
      listen: { host: '127.0.0.1', port: 0 },
      view: {
        ...hut.view,
        publicNews: (listener) => {
          say = listener;
          return () => {};
        },
      },
      staticDir: process.env.HUTGATE_PAGE ?? pageDir,
      log: pino({ level: 'silent' }),
    });
  });
  afterEach(async () => {
    await page.context().close();
    await api.close();
  });

  test.each([
    [1_280, 800],
    [1_920, 1_080],
    [1_080, 1_920],
  ])('shows a place, a masked surname and an icon, and nothing else: %i x %i', async (width, height) => {
    await open(width, height);
    expect((await screen().innerText()).trim()).toBe('');
    for (const icon of ['ok', 'wait', 'stop'] as const) {
      say('lane-1', person({ icon }));
      await page.locator(`.public-${icon}`).waitFor();
      expect(await page.locator('.public-slot, .public-name').allInnerTexts()).toEqual(['7', '张*']);
      expect(await screen().locator('svg').count()).toBe(1);
      expect(await page.locator('button, a, header').count()).toBe(0);
      expect(await page.evaluate('document.documentElement.scrollHeight <= innerHeight')).toBe(true);
      if (width === 1_280) expect(await axeViolations(page)).toEqual([]);
      if (pictures && icon === 'ok') await page.screenshot({ path: join(pictures, `public-${width}x${height}.png`) });
    }
  });

  test('clears by itself, though nobody says so', async () => {
    await open();
    await pause();
    say('lane-1', person({ clearsInMs: 3_000 }));
    await news().waitFor();
    await page.clock.runFor(2_900);
    expect(await news().count()).toBe(1);
    await page.clock.runFor(200);
    expect(await news().count()).toBe(0);
    expect(await page.content()).not.toContain('张');
  });

  test('never lets a name stand longer than five seconds, whatever it is told', async () => {
    await open();
    await pause();
    say('lane-1', person({ clearsInMs: 3_600_000 }));
    await news().waitFor();
    // A frame of the screen comes before the name's time begins.
    await page.clock.runFor(5_100);
    expect(await news().count()).toBe(0);
  });

  test('the next person has the whole time, and the same person is shown again', async () => {
    await open();
    await pause();
    say('lane-1', person({ clearsInMs: 1_000 }));
    await news().waitFor();
    await page.clock.runFor(900);
    say('lane-1', person({ slot: 8, clearsInMs: 1_000 }));
    await screen().getByText('8', { exact: true }).waitFor();
    await page.clock.runFor(900);
    expect(await news().count()).toBe(1);
    await page.clock.runFor(200);
    expect(await news().count()).toBe(0);
    say('lane-1', person({ slot: 8, clearsInMs: 1_000 }));
    await news().waitFor();
  });

  test('is cleared at once when it is told so, and when the hut is gone', async () => {
    await open();
    say('lane-1', person());
    await news().waitFor();
    say('lane-1', { type: 'clear' });
    await news().waitFor({ state: 'detached' });
    say('lane-1', person());
    await news().waitFor();
    await api.close();
    await news().waitFor({ state: 'detached' });
  });

  test('a hostile surname is text', async () => {
    await open();
    say('lane-1', person({ shown: '<img src=x>\u202e*' }));
    await news().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.public-name').innerText()).toBe('<img src=x>\ufffd*');
  });
});
