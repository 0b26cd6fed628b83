/**
 * Each screen of the shell, the technician and the demo, at the sizes that huts have, in both languages and themes: no
 * violation that axe finds, every button fit for a glove, nothing over the side. With HUTGATE_SCREENS=DIR the pictures of
 * kiosk-ui/screens/ are taken. It needs Chromium.
 */
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeViolations } from '../support/axe.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { fakeDevice } from '../support/fake-hut.ts';
import { misfits } from '../support/misfits.ts';
import { password, pin, type SamplingHut, startSamplingHut, technician } from '../support/sampling-hut.ts';

const pictures = process.env.HUTGATE_SCREENS;
/** Half is enough to look at, and a quarter of the file. */
const deviceScaleFactor = pictures ? 0.5 : 1;
const sizes = [
  [1280, 800],
  [1920, 1080],
  [1080, 1920],
] as const;

describeInChromium('screens', () => {
  let browser: Browser;
  let hut: SamplingHut;
  /** Errors of the page, also refusals by the content policy. */
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    hut = await startSamplingHut();
    const reason = { code: 'paper-out', means: 'The printer has no labels.', fix: 'Load labels.' };
    hut.hut.setDevice(fakeDevice('printer-1', 'label-printer', 'printer-zpl', { state: 'degraded', reason }));
    const other = { code: 'other-unit', means: 'Another unit answers.', fix: 'Confirm it.' };
    hut.hut.setDevice(fakeDevice('scanner-2', 'scanner', 'scanner-ssi', { state: 'fault', reason: other }));
    hut.hut.commit('T1107071308');
    hut.hut.commit('36 characters …0000', { parts: [{ characters: 36, tail: '…0000' }] });
  });
  afterAll(async () => {
    await browser?.close();
    await hut?.stop();
  });

  async function open(context: BrowserContext, hash: string): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    await page.goto(`${hut.api.url}/${hash}`);
    return page;
  }
  const request = (context: BrowserContext, data: object) =>
    context.request.post(`${hut.api.url}/api/sign-in`, { data });
  async function asSampler(context: BrowserContext): Promise<void> {
    for (const lane of ['lane-1', 'lane-2']) {
      hut.scanBadge(lane);
      expect((await request(context, { lane, pin })).ok()).toBe(true);
    }
  }

  const screens: readonly (readonly [string, (context: BrowserContext) => Promise<Page>])[] = [
    [
      'sign-in',
      async (context) => {
        const page = await open(context, '');
        await page.getByTestId('sign-in').locator('.scan-badge').waitFor();
        return page;
      },
    ],
    [
      'pin',
      async (context) => {
        const page = await open(context, '#/lane/lane-1');
        await page.getByTestId('sign-in').waitFor();
        hut.scanBadge('lane-1');
        await page.locator('.pin-pad').waitFor();
        await page.locator('.pin-keys button').first().click();
        return page;
      },
    ],
    [
      'password',
      async (context) => {
        const page = await open(context, '');
        await page.getByRole('button', { name: '技术人员', exact: true }).click();
        await page.locator('.password-form').waitFor();
        return page;
      },
    ],
    [
      'menu',
      async (context) => {
        await asSampler(context);
        const page = await open(context, '#/choose');
        await page.getByTestId('menu').waitFor();
        return page;
      },
    ],
    [
      'lane-with-demo',
      async (context) => {
        await asSampler(context);
        const page = await open(context, '#/lane/lane-1');
        await page.getByTestId('lane-1').waitFor();
        return page;
      },
    ],
    [
      'lanes',
      async (context) => {
        await asSampler(context);
        const page = await open(context, '#/lanes');
        await page.getByTestId('lane-2').waitFor();
        const toggle = page.getByTestId('demo-toggle');
        if ((await toggle.getAttribute('aria-expanded')) === 'true') await toggle.click();
        return page;
      },
    ],
    [
      'technician',
      async (context) => {
        hut.hut.setReload({ outcome: 'taken-over', problems: [], more: 0 });
        await request(context, { name: technician, password });
        const page = await open(context, '#/technician');
        await page.getByTestId('machine').waitFor();
        const toggle = page.getByTestId('demo-toggle');
        if ((await toggle.getAttribute('aria-expanded')) === 'true') await toggle.click();
        await page.getByTestId('device-scanner-1').getByRole('button').click();
        await page.getByTestId('test-scanner-1').getByText('T1107071308').waitFor();
        return page;
      },
    ],
    [
      'config-refused',
      async (context) => {
        const problems = [
          '/etc/hutgate/hut.yaml:14:7 devices[1].optoins: unknown key, did you mean options?; allowed: id, driver, at, options, line',
          '/etc/hutgate/hut.yaml:31:14 campaign.poolSize: is not one of the allowed values; allowed: 1, 5, 10, 20',
        ];
        hut.hut.setReload({ outcome: 'wrong', problems, more: 0 });
        await request(context, { name: technician, password });
        const page = await open(context, '#/technician');
        const card = page.getByTestId('configuration');
        const toggle = page.getByTestId('demo-toggle');
        if ((await toggle.getAttribute('aria-expanded')) === 'true') await toggle.click();
        await card.getByRole('button', { name: '重新加载' }).click();
        await card.getByRole('button', { name: '是，启用' }).waitFor();
        await card.scrollIntoViewIfNeeded();
        return page;
      },
    ],
    [
      'demo',
      async (context) => {
        await asSampler(context);
        const page = await open(context, '#/demo');
        await page.getByTestId('demo').waitFor();
        return page;
      },
    ],
  ];

  describe.each(sizes)('%i x %i', (width, height) => {
    test.each(screens)('%s', async (name, show) => {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: 'light',
        deviceScaleFactor,
      });
      try {
        const page = await show(context);
        for (const language of ['zh-CN', 'en'] as const) {
          await page.locator(`html[lang=${language}]`).waitFor();
          expect(await misfits(page)).toEqual([]);
          if (width === 1280) expect(await axeViolations(page)).toEqual([]);
          if (pictures && language === 'zh-CN')
            await page.screenshot({ path: join(pictures, `${name}-${width}x${height}.png`) });
          if (language === 'zh-CN') await page.getByRole('button', { name: 'English' }).click();
        }
        await page.getByRole('button', { name: 'Night' }).click();
        await page.locator('html[data-theme=night]').waitFor();
        if (width === 1280) expect(await axeViolations(page)).toEqual([]);
      } finally {
        expect(complaints.splice(0)).toEqual([]);
        // A badge that waits for its PIN would open the pad for the next one.
        await asSampler(context);
        await context.close();
      }
    });
  });
});
