/** The sheet of command barcodes as a real browser draws and prints it, read back by an independent reader. It needs Chromium. */
import { join } from 'node:path';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from '../../gateway/api/api.ts';
import { pageDir } from '../../gateway/api/page-dir.ts';
import { commandCodes } from '../../gateway/contract/lane.ts';
import { axeViolations } from '../support/axe.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { readCode128 } from '../support/code128.ts';
import { createFakeHut } from '../support/fake-hut.ts';
import { laneViewOf } from '../support/lane-views.ts';
import { readPng } from '../support/png.ts';

const pictures = process.env.HUTGATE_SCREENS;
/** A module of 0.25 mm is six dots wide: what is measured below is what is printed, to the dot. */
const dotsPerPixel = 6 / (0.25 * (96 / 25.4));
const a4WidthPixels = 210 * (96 / 25.4);

describeInChromium('the sheet of commands', () => {
  let browser: Browser;
  let api: Api;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    const hut = createFakeHut();
    hut.setLane(laneViewOf('first'));
    api = await startApi({
      listen: { host: '127.0.0.1', port: 0 },
      view: hut.view,
      staticDir: process.env.HUTGATE_PAGE ?? pageDir,
      log: pino({ level: 'silent' }),
    });
    const context = await browser.newContext({
      viewport: { width: Math.ceil(a4WidthPixels), height: 1_000 },
      deviceScaleFactor: dotsPerPixel,
    });
    page = await context.newPage();
    await page.goto(`${api.url}/#/sheet`);
    await page.locator('.sheet-code').first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  test('has every command once, with its words in both languages', async () => {
    const codes = page.locator('.sheet-code');
    expect(await codes.count()).toBe(commandCodes.length);
    const words = await codes.allInnerTexts();
    for (const [code] of commandCodes) expect(words.filter((text) => text.endsWith(`\n${code}`))).toHaveLength(1);
    expect(words.find((text) => text.includes('HUTGATE:VOID:LEAKED'))).toContain('作废管: 漏液 Void tube: Leaked');
  });

  test('each barcode is read from what is drawn', async () => {
    const read: (string | undefined)[] = [];
    for (const svg of await page.locator('.sheet-code svg').all()) {
      const picture = readPng(await svg.screenshot());
      read.push(readCode128(picture, Math.floor(picture.height / 2)));
    }
    expect([...read].sort()).toEqual(commandCodes.map(([code]) => code).sort());
  });

  test('fits on A4, black on white by night too, and prints without the page around it', async () => {
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(Math.ceil(a4WidthPixels));
    for (const code of await page.locator('.sheet-code').all()) {
      const box = (await code.boundingBox())!;
      const bars = (await code.locator('svg').boundingBox())!;
      expect(bars.width).toBeLessThanOrEqual(box.width);
      expect(box.x + box.width).toBeLessThanOrEqual(a4WidthPixels);
    }
    await page.evaluate('document.documentElement.dataset.theme = "night"');
    const colours = await page.evaluate(
      '((style) => [style.backgroundColor, style.color])(getComputedStyle(document.querySelector(".sheet")))',
    );
    expect(colours).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    expect(await axeViolations(page)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.top-bar, .sheet .print').filter({ visible: true }).count()).toBe(0);
    const pdf = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)!.length).toBeLessThanOrEqual(4);
    if (pictures) {
      const context = await browser.newContext({ viewport: { width: 794, height: 1_123 } });
      const paper = await context.newPage();
      await paper.goto(`${api.url}/#/sheet`);
      await paper.locator('.sheet-code').first().waitFor();
      await paper.screenshot({ path: join(pictures, 'command-sheet.png') });
    }
  });
});
