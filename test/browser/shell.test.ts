/** What stands around the screens: what did not reach the hut, what needs nobody, what a technician confirms, and a screen that is not live. It needs Chromium. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { fakeDevice } from '../support/fake-hut.ts';
import { openLane, password, pin, type SamplingHut, startSamplingHut, technician } from '../support/sampling-hut.ts';
import { until } from '../support/until.ts';

describeInChromium('around the screens', () => {
  let browser: Browser;
  let hut: SamplingHut;
  let page: Page;
  const pageErrors: string[] = [];

  async function open(hash: string, signIn?: object): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    if (signIn) expect((await context.request.post(`${hut.api.url}/api/sign-in`, { data: signIn })).ok()).toBe(true);
    page = await context.newPage();
    page.on('pageerror', (error) => pageErrors.push(String(error)));
    await page.goto(`${hut.api.url}/${hash}`);
  }
  async function openLaneOne(): Promise<void> {
    hut.scanBadge('lane-1');
    await open('#/lane/lane-1', { lane: 'lane-1', pin });
    await page.locator('main.live').waitFor();
  }
  const closeTube = () => page.getByTestId('lane-1').getByRole('button', { name: '关管' });
  /** Again when the lane's guard against bounces takes the first tap for one. */
  const tapCloseTube = (what: string, isDone: () => boolean | Promise<boolean>) =>
    until(what, async () => {
      await closeTube().click();
      return isDone();
    });

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    hut = await startSamplingHut();
  });
  afterEach(async () => {
    await page.context().close();
    await hut.stop();
    expect(pageErrors.splice(0)).toEqual([]);
  });

  test('a tap that reaches the hut is an action of that lane', async () => {
    await openLaneOne();
    await tapCloseTube('the action', () => hut.acted.length > 0);
    expect(hut.acted[0]).toEqual({ lane: 'lane-1', action: { action: 'close-tube' } });
    expect(await page.getByTestId('not-recorded').count()).toBe(0);
  });

  test('a tap that does not is said as not recorded, until it is understood or the lane says something newer', async () => {
    await openLaneOne();
    await page.route('**/api/lanes/**', (route) => route.abort());
    const alert = page.getByTestId('not-recorded');
    await tapCloseTube('the refusal', async () => (await alert.count()) > 0);
    await alert.getByText('未记录').waitFor();
    await alert.getByText('网关没有回答').waitFor();
    await alert.getByRole('button', { name: '知道了' }).click();
    await alert.waitFor({ state: 'detached' });

    await page.unroute('**/api/lanes/**');
    hut.hut.setLane(openLane('lane-1', { operator: 'op-9' }));
    await tapCloseTube('the refusal', async () => (await alert.count()) > 0);
    await alert.getByText('这个台由别人操作').waitFor();
    const said = { id: 7, tone: 'ok', code: 'tube-closed', values: {}, at: '2022-11-07T07:13:08.412+08:00' } as const;
    hut.hut.setLane(openLane('lane-1', { said }));
    await alert.waitFor({ state: 'detached' });
    expect(hut.acted).toEqual([]);
  });

  test('a lane that is not live says so and takes no tap', async () => {
    await openLaneOne();
    hut.hut.hang(true);
    await page.locator('main.lanes.stale').waitFor();
    await page.getByTestId('stale').waitFor();
    expect(await closeTube().isEnabled()).toBe(true);
    await closeTube()
      .click({ timeout: 500, trial: true })
      .then(
        () => expect.unreachable('the button could be pressed'),
        () => {},
      );
    hut.hut.hang(false);
    await page.locator('main.lanes.live').waitFor();
    await tapCloseTube('the action', () => hut.acted.length > 0);
  });

  test('a lane that there is not is said', async () => {
    hut.scanBadge('lane-1');
    await open('#/lane/lane-7', { lane: 'lane-1', pin });
    await page.getByText('本采样屋没有 lane-7').waitFor();
  });

  test('the screen for the queue needs nobody, and has nothing else on it', async () => {
    await open('#/public/lane-1');
    await page.getByTestId('public').waitFor();
    expect(await page.getByTestId('sign-in').count()).toBe(0);
    expect((await page.getByTestId('public').textContent())?.trim()).toBe('');
  });

  test('the command sheet is there for a technician too, and alone on the paper', async () => {
    await open('#/choose', { name: technician, password });
    await page.getByRole('link', { name: '指令条码表' }).click();
    await page.locator('[data-code="HUTGATE:UNDO"]').waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.top-bar').isVisible()).toBe(false);
    expect(await page.getByTestId('demo-toggle').isVisible()).toBe(false);
    expect(await page.locator('[data-code="HUTGATE:UNDO"]').isVisible()).toBe(true);
  });

  test('a device that is another unit waits until a technician says that it is right', async () => {
    const reason = { code: 'other-unit', means: 'Another unit answers.', fix: 'Confirm it.' };
    hut.hut.setDevice(fakeDevice('scanner-1', 'scanner', 'scanner-line', { state: 'fault', reason }));
    await open('#/technician', { name: technician, password });
    const card = page.getByTestId('device-scanner-1');
    expect(await page.getByTestId('device-card-1').getByRole('button', { name: /确认/ }).count()).toBe(0);
    await card.getByRole('button', { name: '确认就是这个设备' }).click();
    await card.getByText('就绪').waitFor();
    expect(await card.getByRole('button', { name: /确认/ }).count()).toBe(0);
  });

  test('a device is tested, and what came of it is said', async () => {
    await open('#/technician', { name: technician, password });
    const card = page.getByTestId('device-scanner-1');
    await card.getByRole('button', { name: '读取测试' }).click();
    await card.getByText(/读到.*T1107071308/).waitFor();
    await page.route('**/api/devices/*/test', (route) => route.abort());
    await card.getByRole('button', { name: '读取测试' }).click();
    await card.getByText('网关没有回答').waitFor();
  });
});
