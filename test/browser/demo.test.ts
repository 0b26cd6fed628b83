/**
 * What a newcomer does: `hutgate demo`, the page, a scan, the broker stopped and started, a cable pulled, Ctrl-C, and the
 * same again with the same data. The real command, page and browser; it needs Chromium.
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
      health: async () => (await (await fetch(`${url}/api/health`)).json()) as Health,
      output: () => output,
      interrupt: () => {
        child.kill('SIGINT');
        return exited;
      },
    };
  }
  type Demo = Awaited<ReturnType<typeof startDemo>>;

  async function open({ url }: Demo) {
    const page = await (await browser.newContext()).newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    page.on('request', (request) => request.url().startsWith(url) || complaints.push(request.url()));
    await page.goto(url);
    await page.locator('main.live').waitFor();
    onTestFinished(() => page.context().close());
    return { page, complaints };
  }

  const deviceSays = (page: Page, id: string, word: string) =>
    page.getByTestId(`device-${id}`).getByText(word, { exact: true }).waitFor();
  const tap = (page: Page, card: string, name: string | RegExp) =>
    page.getByTestId(card).getByRole('button', { name }).click();
  const readingLine = (page: Page, text: string) =>
    page.getByTestId('readings').getByRole('listitem').filter({ hasText: text });

  /** Taps the scan button; resolves with the code that stood on it. */
  async function scan(page: Page): Promise<string> {
    const button = page.getByTestId('demo-scanner-1').getByRole('button', { name: /扫码/ });
    const code = /T\d{10}/.exec((await button.textContent()) ?? '')![0];
    await button.click();
    await readingLine(page, code).waitFor();
    return code;
  }

  /** The page and the store agree that everything is at the centre, and the centre has each event once. */
  async function nothingPending(page: Page, demo: Demo) {
    await page.getByTestId('pending').getByText('全部已上传').waitFor({ timeout: reconnectWithinMs });
    await until('the centre has every event once', async () => {
      const last = (await demo.health()).streams.reduce((sum, { lastSeq }) => sum + lastSeq, 0);
      const [received] = await page.getByTestId('central').locator('dd').allTextContents();
      return Number(received!.replaceAll(',', '')) === last;
    });
    const [, , gaps, violations] = await page.getByTestId('central').locator('dd').allTextContents();
    expect({ gaps, violations }).toEqual({ gaps: '0', violations: '0' });
  }

  test('a newcomer’s ten minutes', async () => {
    const data = dataDir();
    const demo = await startDemo(data);
    const { page, complaints } = await open(demo);
    for (const id of devices) await deviceSays(page, id, '就绪');

    const first = await scan(page);
    await readingLine(page, first).getByText('中心已收').waitFor();
    await tap(page, 'demo-card-1', '放身份证');
    await readingLine(page, '张* 4101…0018').getByText('中心已收').waitFor();
    await nothingPending(page, demo);
    expect(await page.content()).not.toMatch(/张三|410199199003070018/);

    await page.getByRole('button', { name: '停止服务器' }).click();
    await page.getByTestId('uplink').getByText('断网').waitFor();
    const offline = [];
    for (let n = 0; n < 8; n += 1) offline.push(await scan(page));
    const pending = page.getByTestId('pending').locator('.big');
    await until('the backlog', async () => Number(await pending.textContent()) >= offline.length);
    expect(await readingLine(page, offline[0]!).getByText('待上传').count()).toBe(1);
    await page.getByRole('button', { name: '启动服务器' }).click();
    await nothingPending(page, demo);
    await readingLine(page, offline.at(-1)!).getByText('中心已收').waitFor();

    await tap(page, 'demo-card-1', '拔线');
    await deviceSays(page, 'card-1', '未接入');
    await tap(page, 'demo-card-1', '插回');
    await deviceSays(page, 'card-1', '就绪');
    await tap(page, 'demo-printer-1', '打开机盖');
    await deviceSays(page, 'printer-1', '需要处理');
    await tap(page, 'demo-printer-1', '合上机盖');
    await deviceSays(page, 'printer-1', '就绪');
    for (const printer of printers) {
      await tap(page, `demo-${printer}`, '打印测试标签');
      const label = page.getByTestId(`demo-${printer}`).getByRole('img', { name: '最近打出的标签' });
      await until(`the label of ${printer}`, () =>
        label.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth > 0),
      );
    }
    expect(complaints).toEqual([]);

    const { gateway, streams } = await demo.health();
    expect(await demo.interrupt()).toBe(0);
    await page.getByTestId('stale').waitFor();

    const again = await startDemo(data);
    const { page: newPage, complaints: newComplaints } = await open(again);
    for (const id of devices) await deviceSays(newPage, id, '就绪');
    await readingLine(newPage, await scan(newPage))
      .getByText('中心已收')
      .waitFor();
    const now = await again.health();
    expect(now.gateway.epoch).toBe(gateway.epoch);
    const lastSeq = (of: Health['streams'], name: string) => of.find(({ stream }) => stream === name)!.lastSeq;
    expect(lastSeq(now.streams, 'reading')).toBeGreaterThan(lastSeq(streams, 'reading'));
    expect(newComplaints).toEqual([]);
    expect(await again.interrupt()).toBe(0);
  });
});
