/** Signing in on the page: badge and PIN, name and password, wrong, locked, signed out. The real API and the real sign-in; it needs Chromium. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { openLane, password, pin, type SamplingHut, startSamplingHut, technician } from '../support/sampling-hut.ts';
import { until } from '../support/until.ts';

describeInChromium('signing in', () => {
  let browser: Browser;
  let hut: SamplingHut;
  let page: Page;
  /** Errors of the page, and requests to elsewhere. A refused sign-in is one that the browser notes by itself. */
  let complaints: string[];

  const open = async (hash = '') => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => request.url().startsWith(hut.api.url) || complaints.push(request.url()));
    await page.goto(`${hut.api.url}/${hash}`);
  };
  const type = async (digits: string) => {
    for (const digit of digits) await page.getByRole('button', { name: digit, exact: true }).click();
    await page.getByRole('button', { name: '确定' }).click();
  };
  const stored = () => page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    complaints = [];
    hut = await startSamplingHut();
  });
  afterEach(async () => {
    await page.context().close();
    await hut.stop();
    expect(complaints).toEqual([]);
  });

  test('a badge, its PIN, the lane; and out again', async () => {
    await open('#/lane/lane-1');
    await page.getByRole('heading', { name: '请扫工牌' }).waitFor();
    expect(await page.getByTestId('main').count()).toBe(0);
    hut.scanBadge('lane-1');
    await page.getByText('1 号台已扫工牌').waitFor();
    await type(pin);
    await page.getByTestId('lane-1').waitFor();
    await page.getByRole('button', { name: '退出登录 op-1' }).click();
    await page.getByTestId('sign-in').waitFor();
    expect(await page.content()).not.toContain('T1107071308');
    expect(hut.signIn.operatorOf('lane-1')).toBeUndefined();
  });

  test('a badge scanned on the other lane opens no pad here', async () => {
    await open('#/lane/lane-1');
    await page.getByTestId('sign-in').waitFor();
    hut.scanBadge('lane-2');
    hut.scanBadge('lane-1');
    await page.getByText('1 号台已扫工牌').waitFor();
    expect(await page.getByText('2 号台已扫工牌').count()).toBe(0);
  });

  test('a wrong PIN is said and nothing of it stays; after too many the seconds left are counted', async () => {
    await open('#/lane/lane-1');
    hut.scanBadge('lane-1');
    await page.getByText('请输入 PIN').waitFor();
    await type('1357');
    const problem = page.getByTestId('sign-in-problem');
    await problem.getByText('输入不正确').waitFor();
    expect(await page.getByLabel('已输入 0 位').textContent()).toBe('');
    while ((await problem.getByText('已锁定').count()) === 0) {
      await type('1357');
      await until('the answer', async () => (await problem.count()) === 1);
    }
    await problem.getByText(/请等 \d+ 秒/).waitFor();
    const left = async () => Number(/(\d+) 秒/.exec((await problem.textContent()) ?? '')?.[1] ?? 0);
    const first = await left();
    await until('a second less', async () => (await left()) < first);
    hut.scanBadge('lane-1');
    await page.getByRole('heading', { name: '请扫工牌' }).waitFor();
    await problem.getByText('已锁定').waitFor();
    expect(hut.signIn.operatorOf('lane-1')).toBeUndefined();
  });

  test('a badge that was locked elsewhere is said to be locked, on a screen that tried nothing', async () => {
    await open('#/lane/lane-2');
    await page.getByTestId('sign-in').waitFor();
    hut.scanBadge('lane-2');
    await page.getByText('2 号台已扫工牌').waitFor();
    for (let n = 0; n < 5; n += 1) {
      hut.scanBadge('lane-1');
      const data = { lane: 'lane-1', pin: '1357' };
      expect((await page.context().request.post(`${hut.api.url}/api/sign-in`, { data })).status()).toBe(401);
    }
    // While its PIN is awaited here, and when it is scanned again.
    const problem = page.getByTestId('sign-in-problem');
    await problem.getByText(/已锁定.*请等 \d+ 秒/).waitFor();
    await page.getByText('2 号台已扫工牌').waitFor();
    hut.scanBadge('lane-2');
    await page.getByRole('heading', { name: '请扫工牌' }).waitFor();
    await problem.getByText(/已锁定.*请等 \d+ 秒/).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await problem.getByText(/Locked after too many wrong tries.*Wait \d+ s/).waitFor();
  });

  test('a technician signs in with name and password and sees technique, no lane', async () => {
    await open();
    await page.getByRole('button', { name: '技术人员', exact: true }).click();
    await page.getByLabel('用户名').fill(technician);
    await page.getByLabel('密码').fill('hammer');
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByTestId('sign-in-problem').waitFor();
    expect(await page.getByLabel('密码').inputValue()).toBe('');
    await page.getByLabel('密码').fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '设备', exact: true, level: 2 }).waitFor();
    await page.goto(`${hut.api.url}/#/lane/lane-1`);
    expect(await page.getByTestId('lane-1').count()).toBe(0);
    expect(await stored()).not.toMatch(new RegExp(`${password}|${technician}`));
  });

  test('a visitor of the demo gets in with one tap, on the way that everybody takes', async () => {
    await open();
    await page.getByRole('button', { name: /扫工牌 OP000001/ }).click();
    // Straight to the lane whose scanner read the badge: there is nothing to choose.
    await page.getByTestId('lane-1').waitFor();
    expect(hut.brought).toEqual(['scanner-1 OP000001']);
  });

  test('when the gateway ends the session the page asks for a badge, and keeps nothing that was shown', async () => {
    await open('#/lane/lane-1');
    hut.scanBadge('lane-1');
    await page.getByText('请输入 PIN').waitFor();
    await type(pin);
    await page.getByTestId('lane-1').waitFor();
    await hut.signIn.revoke('op-1');
    await page.getByTestId('sign-in').waitFor();
    expect(await page.content()).not.toContain('T1107071308');
  });

  test('the browser keeps the language, the theme and the lane, and nothing else', async () => {
    await open('#/choose');
    await page.getByRole('button', { name: /扫工牌 OP000001/ }).click();
    await page.getByRole('link', { name: '2 号台', exact: true }).click();
    await page.getByTestId('lane-2').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByTestId('demo-people').getByRole('button', { name: 'Phone code' }).click();
    await page.getByTestId('demo-codes').getByRole('button', { name: 'New tube' }).click();
    await until('both', () => hut.brought.length >= 3);
    const [local, session, cookie] = JSON.parse((await stored()) as string);
    expect(Object.keys(local)).toEqual(['hutgate.preferences']);
    expect(JSON.parse(local['hutgate.preferences'])).toEqual({ language: 'en', theme: 'day', lane: 'lane-2' });
    expect({ session, cookie }).toEqual({ session: {}, cookie: '' });
  });

  test('on a screen with both lanes each badge opens its own lane, and the other goes on', async () => {
    await open('#/lanes');
    await page.getByTestId('sign-in').waitFor();
    hut.scanBadge('lane-1');
    await page.getByText('请输入 PIN').waitFor();
    await type(pin);
    await page.getByTestId('lane-1').waitFor();
    hut.scanBadge('lane-2');
    const pad = page.getByTestId('desk-lane-2').getByRole('region', { name: '请输入 PIN' });
    await pad.waitFor();
    hut.hut.setLane(openLane('lane-1', { tube: undefined }));
    expect(await page.getByTestId('desk-lane-1').getByRole('region', { name: '请输入 PIN' }).count()).toBe(0);
    await type(pin);
    await pad.waitFor({ state: 'detached' });
    expect(hut.signIn.operatorOf('lane-2')).toBe('op-1');
  });
});
