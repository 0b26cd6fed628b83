/**
 * What a newcomer does: `hutgate demo`, the page, a badge, a tube, people, the broker stopped and started, a technician's look
 * at the devices, a cable pulled, Ctrl-C, and the same again with the same data. The real command, page and browser; it needs Chromium.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Health } from '../../gateway/contract/api.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { hutgateBin } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

const lane = (n: number) => ['scanner', 'card', 'printer', 'lamp'].map((kind) => `${kind}-${n}`);
const devices = [...lane(1), ...lane(2), 'slip-1', 'box-1'];
/** ZPL, TSPL, ESC/POS. */
const printers = ['printer-1', 'printer-2', 'slip-1'];
/** A reconnection after a few failures waits that long at most. */
const reconnectWithinMs = 40_000;

describeInChromium('the demo', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  const dataDir = () => {
    const dir = mkdtempSync(join(tmpdir(), 'hutgate-demo-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    return dir;
  };

  async function startDemo(data: string) {
    const args = ['demo', '--data', data, '--port', '0', '--mqtt-port', '0'];
    const child: ChildProcess = spawn(hutgateBin, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    let output = '';
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    const [, url] = await until(
      'the address of the page',
      () =>
        /page\s+(http:\S+)/.exec(output) ?? (child.exitCode === null ? undefined : Promise.reject(new Error(output))),
    );
    return {
      url: url!,
      output: () => output,
      interrupt: () => {
        child.kill('SIGINT');
        return exited;
      },
    };
  }
  type Demo = Awaited<ReturnType<typeof startDemo>>;

  /** In a browser of its own, so that a sampler and a technician can be there at once. */
  async function open({ url }: Demo, address: string) {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    onTestFinished(() => page.context().close());
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    page.on('request', (request) => request.url().startsWith(url) || complaints.push(request.url()));
    await page.goto(`${url}/${address}`);
    await page.getByTestId('sign-in').waitFor();
    return { page, complaints };
  }
  async function asSampler(demo: Demo) {
    const opened = await open(demo, '#/lane/lane-1');
    await opened.page.getByRole('button', { name: /扫工牌 OP000001/ }).click();
    await opened.page.getByTestId('lane-1').waitFor();
    return opened;
  }
  async function asTechnician(demo: Demo) {
    const opened = await open(demo, '#/technician');
    await opened.page.getByRole('button', { name: /以技术人员/ }).click();
    await opened.page.locator('main.live').waitFor();
    return opened;
  }
  /** With the rights of whoever is signed in there. */
  const healthOf = async (page: Page, { url }: Demo) =>
    (await (await page.context().request.get(`${url}/api/health`)).json()) as Health;

  const deviceSays = (page: Page, id: string, word: string) =>
    page.getByTestId(`device-${id}`).getByText(word, { exact: true }).waitFor();
  const tap = (page: Page, part: string, name: string | RegExp) =>
    page.getByTestId(part).getByRole('button', { name, exact: true }).click();
  const says = (page: Page, text: string | RegExp) =>
    page.getByTestId('lane-1').getByTestId('band').getByText(text).waitFor();

  /** The page and the store agree that everything is at the centre, and the centre has each event once. */
  async function nothingPending(page: Page, demo: Demo) {
    await page.getByTestId('pending').getByText('全部已上传').waitFor({ timeout: reconnectWithinMs });
    const figures = page.getByTestId('central').locator('dd');
    await until('the centre has every event once', async () => {
      const last = (await healthOf(page, demo)).streams.reduce((sum, { lastSeq }) => sum + lastSeq, 0);
      const [received] = await figures.allTextContents();
      return Number(received!.replaceAll(',', '')) === last;
    });
    const [, , gaps, violations] = await figures.allTextContents();
    expect({ gaps, violations }).toEqual({ gaps: '0', violations: '0' });
  }

  test('a newcomer’s ten minutes', async () => {
    const data = dataDir();
    const demo = await startDemo(data);
    const { page: technician, complaints: technicianComplaints } = await asTechnician(demo);
    for (const id of devices) await deviceSays(technician, id, '就绪');
    const { page: lane, complaints } = await asSampler(demo);

    await tap(lane, 'demo-codes', '新试管');
    await says(lane, /新管/);
    const visits: readonly (readonly [string, RegExp])[] = [
      ['手机码', /第 1 人 \S/],
      ['纸质码', /第 2 人 \S/],
      ['身份证', /第 3 人 \S/],
      ['护照', /第 4 人 \S/],
      ['儿童（家长手机）', /第 5 人 \S/],
      ['昨天接种过疫苗', /不采样/],
      ['发热', /发热门诊/],
      ['错码（付款码）', /不认识/],
    ];
    for (const [visitor, answer] of visits) {
      await tap(lane, 'demo-people', visitor);
      await says(lane, answer);
    }
    // Of whoever was there nothing but a surname is on the screen.
    expect(await lane.content()).not.toMatch(/410199\d|\|100\d{8}|SHILI, CESHI/);
    await tap(lane, 'demo-commands', '撤销');
    await says(lane, /撤销/);
    await nothingPending(technician, demo);

    await tap(technician, 'demo', '停止服务器');
    await technician.getByTestId('uplink').getByText('断网').waitFor();
    for (const n of [5, 6, 7]) {
      await tap(lane, 'demo-people', '手机码');
      await says(lane, new RegExp(`第 ${n} 人 \\S`));
    }
    const pending = technician.getByTestId('pending').locator('.big');
    await until('the backlog', async () => Number(await pending.textContent()) >= 3);
    await tap(technician, 'demo', '启动服务器');
    await nothingPending(technician, demo);

    await tap(lane, 'demo-commands', '关管');
    await says(lane, /已关管/);
    await tap(lane, 'demo-commands', '装箱');
    await says(lane, /装箱/);
    await tap(lane, 'demo-codes', '新转运箱');
    await says(lane, /新箱/);
    await tap(lane, 'demo-known', /试管 …\d{4}/);
    await says(lane, /装/);
    await tap(technician, 'demo-card-1', '拔线');
    await deviceSays(technician, 'card-1', '未接入');
    await tap(technician, 'demo-card-1', '插回');
    await deviceSays(technician, 'card-1', '就绪');
    await tap(technician, 'demo-printer-1', '打开机盖');
    await deviceSays(technician, 'printer-1', '需要处理');
    await tap(technician, 'demo-printer-1', '合上机盖');
    await deviceSays(technician, 'printer-1', '就绪');
    for (const printer of printers) {
      await tap(technician, `device-${printer}`, '打印测试');
      await technician
        .getByTestId(`test-${printer}`)
        .getByText(/已打印|请看是否打出/)
        .waitFor();
      const label = technician.getByTestId(`demo-${printer}`).getByRole('img', { name: '最近打出的标签' });
      await until(`the label of ${printer}`, () =>
        label.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth > 0),
      );
    }
    await tap(technician, 'device-scanner-2', '读取测试');
    await technician.getByText('请现在扫任意一个码').waitFor();
    await tap(technician, 'demo', '2 号台');
    await tap(technician, 'demo-people', '手机码');
    await technician
      .getByTestId('test-scanner-2')
      .getByText(/个字符 …\d{4}/)
      .waitFor();
    await tap(technician, 'device-lamp-1', '开关测试');
    await technician.getByTestId('test-lamp-1').getByText('已开、关一次').waitFor();
    expect([complaints, technicianComplaints]).toEqual([[], []]);

    const { gateway, streams } = await healthOf(technician, demo);
    expect(await demo.interrupt()).toBe(0);
    await technician.getByTestId('stale').waitFor();
    await lane.getByTestId('stale').waitFor();

    const again = await startDemo(data);
    const { page: newTechnician, complaints: newComplaints } = await asTechnician(again);
    for (const id of devices) await deviceSays(newTechnician, id, '就绪');
    const { page: newLane } = await asSampler(again);
    await newLane
      .getByTestId('demo-known')
      .getByRole('button', { name: /箱 …\d{4}/ })
      .waitFor();
    // The simulated centre has started anew too and counts from there.
    await newTechnician.getByTestId('pending').getByText('全部已上传').waitFor({ timeout: reconnectWithinMs });
    const now = await healthOf(newTechnician, again);
    expect(now.gateway.epoch).toBe(gateway.epoch);
    const lastSeq = (of: Health['streams'], name: string) => of.find(({ stream }) => stream === name)!.lastSeq;
    expect(lastSeq(now.streams, 'sampling')).toBeGreaterThanOrEqual(lastSeq(streams, 'sampling'));
    expect(newComplaints).toEqual([]);
    expect(await again.interrupt()).toBe(0);
  }, 180_000);
});
