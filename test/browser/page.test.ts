/** The page in a real browser, over the real API. The hut behind it is a fake view: how a whole demo behaves is another test's matter. */

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Api, startApi } from '../../gateway/api/api.ts';
import { pageDir } from '../../gateway/api/page-dir.ts';
import { axeViolations } from '../support/axe.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { createFakeHut, type FakeHut, fakeDevice } from '../support/fake-hut.ts';
import { misfits } from '../support/misfits.ts';
import { until } from '../support/until.ts';

describeInChromium('the page', () => {
  let browser: Browser;
  let hut: FakeHut;
  let api: Api;
  let page: Page;
  /** Requests to elsewhere, errors, refusals by the content policy: there are never any. */
  let complaints: string[];

  const serve = (port = 0) =>
    startApi({
      listen: { host: '127.0.0.1', port },
      view: hut.view,
      demo: hut.demo,
      configFile: hut.configFile,
      staticDir: pageDir,
      log: pino({ level: 'silent' }),
    });
  const open = async (width = 1280, height = 800, url = api.url) => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: 'light' });
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => request.url().startsWith(url) || complaints.push(request.url()));
    await page.goto(url);
    await page.locator('main.live').waitFor();
  };

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    complaints = [];
    hut = createFakeHut();
    api = await serve();
  });
  afterEach(async () => {
    await page.context().close();
    await api.close();
  });

  test('speaks Chinese, English at one tap, and remembers it', async () => {
    await open();
    await page.getByRole('heading', { name: '设备', level: 2 }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Devices', level: 2 }).waitFor();
    await page.getByRole('button', { name: 'Night' }).click();
    await page.reload();
    await page.getByRole('heading', { name: 'Devices', level: 2 }).waitFor();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('night');
    expect(complaints).toEqual([]);
  });

  test('shows a reading when it is committed, and its tick when the centre has it', async () => {
    await open();
    const { seq } = hut.commit('T2211070042');
    const line = page.getByRole('listitem').filter({ hasText: 'T2211070042' });
    await line.getByText('待上传').waitFor();
    await page.getByTestId('pending').getByText('1').waitFor();
    hut.confirm(seq);
    await line.getByText('中心已收').waitFor();
    await page.getByTestId('pending').getByText('全部已上传').waitFor();
    expect(complaints).toEqual([]);
  });

  test('says in its language what is left of a masked text, and words of the contract', async () => {
    await open();
    hut.commit('36 characters …0000', { parts: [{ characters: 36, tail: '…0000' }] });
    hut.commit('ch1: invalid', { eventType: 'reading.temperature', parts: [{ text: 'ch1:' }, { word: 'invalid' }] });
    const readings = page.getByTestId('readings');
    await readings.getByText('36 个字符 …0000').waitFor();
    await readings.getByText('ch1: 无效').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await readings.getByText('36 characters …0000').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a hostile code is text', async () => {
    await open();
    hut.commit('<img src=x onerror=alert(1)>\u202e\u0000');
    await page.getByTestId('readings').getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('says by colour, icon and word how a device is, and what to do', async () => {
    await open();
    const reason = { code: 'paper-out', means: 'The printer has no labels.', fix: 'Load labels.' };
    hut.setDevice(fakeDevice('printer-1', 'label-printer', 'printer-zpl', { state: 'degraded', reason }));
    const card = page.getByTestId('device-printer-1');
    await card.getByText('需要处理').waitFor();
    await card.getByText('装入标签纸').waitFor();
    expect(await card.locator('.badge.tone-warn svg').count()).toBe(1);
  });

  test('says of a device what of it was not recorded, why, how often and when', async () => {
    await open();
    const at = '2022-11-07T07:20:00.000+08:00';
    const refused = [
      { why: 'disk-full', readings: 1_200, at },
      { why: 'no-such-<code>', readings: 1, at },
    ];
    hut.setDevice(fakeDevice('scanner-1', 'scanner', 'scanner-line', { refused }));
    const list = page.getByTestId('device-scanner-1').getByTestId('refused');
    await list.getByText('未记录：1,200 次。 磁盘已满。 最近一次 07:20:00。').waitFor();
    await list.getByText('no-such-<code>').waitFor();
    expect(await list.locator('.tone-bad svg').count()).toBe(2);
    await page.getByRole('button', { name: 'English' }).click();
    await list.getByText('NOT recorded: 1,200. The disk is full. Last at 07:20:00.').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  const mistake = '/etc/hutgate/hut.yaml:12:5 devices[0].optoins: unknown key, did you mean options?';
  const card = () => page.getByTestId('configuration');

  test('a refused reload stands over the page, with its lines in the file, until one is taken over', async () => {
    await open();
    await card().getByText('使用中', { exact: true }).waitFor();
    await card().getByText('f54ca5c3f54c').waitFor();
    hut.setReload({ outcome: 'wrong', problems: [mistake], more: 7 });
    const alert = page.getByTestId('config-refused');
    await alert.getByText('07:13:08 的配置未生效').waitFor();
    await card().getByText(mistake).waitFor();
    await card().getByText('待改正 8 处').waitFor();
    expect(await card().locator('.badge.tone-bad svg').count()).toBe(1);
    await page.reload();
    await card().getByText(mistake).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await alert.getByText('NOT taken over at 07:13:08').waitFor();
    hut.setReload({ outcome: 'lanes-at-work', problems: ['lane-1: tube T2211070042 is open'], more: 0 });
    await card().getByText('lane-1: tube T2211070042 is open').waitFor();
    hut.setReload({ outcome: 'not-started', problems: ['listen EADDRINUSE: 127.0.0.1:8080'], more: 0 });
    await alert.getByText('the one before is in use again').waitFor();
    hut.setReload({ outcome: 'taken-over', problems: [], more: 0 });
    await alert.waitFor({ state: 'detached' });
    await card().getByText('In use', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('a look at the file says what a reload would do, and does nothing', async () => {
    await open();
    const look = async (words: string) => {
      await card().getByRole('button', { name: '检查文件' }).click();
      await page.getByTestId('config-said').getByText(words).waitFor();
    };
    await look('正是使用中的配置');
    hut.setCheck({ sha256: 'b'.repeat(64), inUse: false, problems: [], more: 0, inTheWay: [] });
    await look('重新加载后生效');
    hut.setCheck({ inUse: false, problems: [mistake], more: 0, inTheWay: [] });
    await look('未作任何更改');
    await card().getByText(mistake).waitFor();
    hut.setCheck({ inUse: false, problems: [], more: 0, inTheWay: ['lane-1: tube T2211070042 is open'] });
    await look('现在重新加载会被拒绝');
    expect(hut.told).toEqual([]);
    expect(await page.getByTestId('config-refused').count()).toBe(0);
  });

  test('a reload takes two taps at different places, and says what came of it', async () => {
    await open();
    const ask = card().getByRole('button', { name: '重新加载…' });
    const yes = card().getByRole('button', { name: '是，启用' });
    await ask.scrollIntoViewIfNeeded();
    const first = (await ask.boundingBox())!;
    // Two taps of one glove: the second one finds nothing to press.
    await page.mouse.dblclick(first.x + first.width / 2, first.y + first.height / 2);
    await yes.waitFor();
    expect(hut.told).toEqual([]);
    const second = (await yes.boundingBox())!;
    expect(second.y >= first.y + first.height || second.y + second.height <= first.y).toBe(true);
    // A tap right after another is a bounce: tapped again until it counts.
    await until('no', async () => {
      if (!(await yes.isVisible())) return true;
      await card().getByRole('button', { name: '否' }).click();
      return false;
    });
    expect(hut.told).toEqual([]);
    await until('the question again', async () => {
      if (await yes.isVisible()) return true;
      await ask.click();
      return false;
    });
    expect(await misfits(page)).toEqual([]);
    await until('yes', async () => {
      if (!(await yes.isVisible())) return true;
      await yes.click();
      return false;
    });
    await until('the reload', () => hut.told.includes('reload'));
    await page.getByTestId('config-said').getByText('正在读取文件').waitFor();
    hut.setReload({ outcome: 'taken-over', problems: [], more: 0 });
    await page.getByTestId('config-said').getByText('07:13:08 已生效').waitFor();
    expect(hut.told).toEqual(['reload']);
    expect(complaints).toEqual([]);
  });

  test('never looks live when it is not: no pulse for five seconds, though the socket is open', async () => {
    await open();
    hut.commit('T2211070042');
    hut.hang(true);
    await page.getByTestId('stale').waitFor();
    await page.locator('main.stale').waitFor();
    await page.getByTestId('live').getByText('已停更').waitFor();
    hut.hang(false);
    await page.locator('main.live').waitFor();
    expect(await page.getByTestId('stale').count()).toBe(0);
  });

  test('says so at once when the gateway goes, and goes on where it was when it is back', async () => {
    await open();
    hut.commit('T2211070001');
    await page.getByTestId('readings').getByText('T2211070001').waitFor();
    const port = Number(new URL(api.url).port);
    await api.close();
    await page.getByTestId('stale').waitFor();
    hut.commit('T2211070002');
    api = await serve(port);
    await page.getByTestId('readings').getByText('T2211070002').waitFor();
    await page.locator('main.live').waitFor();
    expect(await page.getByTestId('readings').getByText('T2211070001').count()).toBe(1);
    expect(await page.getByText('未逐条显示').count()).toBe(0);
  });

  test('leaves a connection that has gone silent for a new one', async () => {
    const wires: Socket[] = [];
    // A radio link: it can lose what is under way, both ways, without closing anything.
    const radio = createServer((near) => {
      const far = connect(Number(new URL(api.url).port), '127.0.0.1');
      near.pipe(far).pipe(near);
      for (const end of [near, far]) wires.push(end.on('error', () => {}));
    });
    await new Promise<void>((resolve) => radio.listen(0, '127.0.0.1', resolve));
    await open(1280, 800, `http://127.0.0.1:${(radio.address() as AddressInfo).port}`);
    for (const wire of wires) wire.unpipe().pause();
    await page.locator('main.stale').waitFor();
    hut.commit('T2211070003');
    await page.getByTestId('readings').getByText('T2211070003').waitFor();
    await page.locator('main.live').waitFor();
    for (const wire of wires) wire.destroy();
    radio.close();
  });

  test('in a flood the page keeps up, and says how many it does not show', async () => {
    await open();
    for (let i = 1; i <= 10_000; i++) hut.commit(`T${i}`);
    await page.getByTestId('readings').getByText('T10000', { exact: true }).waitFor();
    await page.getByText('未逐条显示').waitFor();
    expect(await page.getByTestId('readings').getByRole('listitem').count()).toBeLessThanOrEqual(20);
  });

  test('the demo works the hut, and says why something did not work', async () => {
    await open();
    const tap = (name: string | RegExp) => page.getByTestId('demo').getByRole('button', { name }).first().click();
    await tap('新试管');
    await until('the scan', () => hut.told.length === 1);
    await tap('新试管');
    await until('the next scan', () => hut.told.length === 2);
    const [first, second] = hut.told.map((told) => Number(/^scan scanner-1 \{"text":"T(\d{10})"\}$/.exec(told)?.[1]));
    expect(second).toBeGreaterThan(first!);
    await tap('停止服务器');
    await tap('启动服务器');
    await tap('中心离线');
    await page.getByTestId('demo-card-1').getByRole('button', { name: '拔线' }).click();
    await page.getByTestId('demo-card-1').getByText('线已拔出').waitFor();
    await page.getByTestId('demo-card-1').getByRole('button', { name: '插回' }).click();
    await page.getByTestId('demo-card-1').getByRole('button', { name: '拿走卡' }).click();
    await page.getByText('There is no card on the reader.').waitFor();
    expect(hut.told.slice(2, 7)).toEqual([
      'broker stop',
      'broker start',
      'central offline',
      'unplug card-1',
      'plug card-1',
    ]);
  });

  test.each([
    [1280, 800],
    [1920, 1080],
    [1080, 1920],
    [800, 1280],
  ])('at %i x %i all buttons fit a glove and nothing hangs over the side', async (width, height) => {
    await open(width, height);
    hut.commit('W'.repeat(300));
    await page.getByTestId('readings').getByText('WWWW').waitFor();
    const toggle = page.getByTestId('demo-toggle');
    if ((await toggle.getAttribute('aria-expanded')) === 'false') await toggle.click();
    await page.getByTestId('demo').waitFor();
    for (const language of ['English', '中文']) {
      expect(await misfits(page)).toEqual([]);
      await page.getByRole('button', { name: language }).click();
    }
    expect(complaints).toEqual([]);
    // However far it is scrolled, the banner stays in sight.
    await page.getByTestId('demo').getByRole('button').last().scrollIntoViewIfNeeded();
    const banner = page.getByTestId('stale');
    await api.close();
    await banner.waitFor();
    const { y, height: tall } = (await banner.boundingBox())!;
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + tall).toBeLessThanOrEqual(height);
  });
});
