/** `hutgate doctor` and `hutgate monitor` as a technician uses them: beside a gateway that runs, and without one. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import type { News } from '../../gateway/cli/monitor/news.ts';
import { hutgateBin } from '../support/gateway-process.ts';
import { deviceInState, hutgate, ready, type WholeHut, wholeHut } from './whole-hut.ts';

const scanner = { id: 'scanner-1', driver: 'scanner-line' };
const box = {
  ...{ id: 'box-1', driver: 'probe-modbus', options: { profile: 'r4dcb08', channels: 1, pollMs: 1_000 } },
  simulator: { options: { probes: [{ profile: 'r4dcb08', unit: 1 }] } },
};
/** A synthetic number. */
const personal = '410199199003070018';

interface Findings {
  readonly failed: number;
  readonly findings: readonly { readonly check: string; readonly verdict: string; readonly says: string }[];
}

async function doctor({ files }: WholeHut) {
  const { code, stdout } = await hutgate('doctor', '--config', files.configFile, '--json');
  const { failed, findings } = JSON.parse(stdout) as Findings;
  // Those of the machine are as the machine is.
  const ofTheHut = [
    'config',
    'gateway',
    'disk speed',
    'store',
    'broker',
    'broker sign-in',
    'broker rights',
    'scanner-1',
    'box-1',
  ];
  return { code, failed, findings: findings.filter(({ check }) => ofTheHut.includes(check)) };
}

/** The news as they come; `next` passes over those that are not asked for. */
function monitor({ files }: WholeHut, ...args: string[]) {
  const child = spawn(hutgateBin, ['monitor', '--config', files.configFile, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told: News[] = [];
  return {
    told,
    async next(what: News['what'], device: string): Promise<News> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the monitor ended; it told ${JSON.stringify(told)}`);
        const news = JSON.parse(value) as News;
        told.push(news);
        if (news.what === what && news.device === device) return news;
      }
    },
    end() {
      child.kill('SIGINT');
      return exited;
    },
    exited,
  };
}

test('doctor without a gateway opens the devices; beside one it asks the gateway, and disturbs nothing', async () => {
  const hut = await wholeHut({ devices: [scanner, box], confirm: 'broker' });
  const without = await doctor(hut);
  expect(without.findings.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
    ...[
      'config ok',
      'disk speed ok',
      'store ok',
      'broker ok',
      'broker sign-in ok',
      'broker rights ok',
      'scanner-1 ok',
      'box-1 ok',
    ],
  ]);
  expect(without.findings.at(-1)!.says).toMatch(/R4DCB08; measures \d\.\d °C/);

  const gateway = hut.start();
  await ready(hut);
  await hut.rack.act('scanner-1', 'scan', { text: personal });
  const { connections } = hut.tap;
  const beside = await doctor(hut);
  expect(beside.findings.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
    ...['config ok', 'gateway ok', 'store ok', 'broker ok', 'scanner-1 ok', 'box-1 ok'],
  ]);
  expect(beside.findings[1]!.says).toContain(`process ${gateway.child.pid}`);
  expect(hut.tap.connections).toBe(connections);
  expect(JSON.stringify(beside)).not.toContain(personal.slice(4, 14));

  await hut.rack.unplug('box-1');
  await deviceInState(hut, 'box-1', 'missing');
  const unplugged = await doctor(hut);
  expect(unplugged.code).toBe(1);
  expect(unplugged.findings.at(-1)).toMatchObject({
    check: 'box-1',
    verdict: 'FAIL',
    says: expect.stringContaining('nothing at the configured path'),
  });
});

test('doctor with a broken configuration says all of it, and opens nothing', async () => {
  const hut = await wholeHut({ devices: [scanner] });
  const { configFile } = hut.files;
  writeFileSync(
    configFile,
    readFileSync(configFile, 'utf8').replace('scanner-line', 'scaner-line').replace('region: test', 'region: TEST'),
  );
  const { code, stdout } = await hutgate('doctor', '--config', configFile);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAIL config .*:\d+:\d+ gateway.region/m);
  expect(stdout).toMatch(/^FAIL config .*did you mean scanner-line\?/m);
  expect(stdout).toMatch(/^2 to mend, 0 to look at$/m);
  expect((await hutgate('doctor', '--config', '/nonexistent')).code).toBe(1);
  expect((await hutgate('doctor')).code).toBe(2);
});

test('monitor without a gateway: states, masked readings, discarded bytes, a cable', async () => {
  const hut = await wholeHut({ devices: [scanner, box] });
  const watching = monitor(hut);
  await watching.next('state', 'scanner-1');
  await watching.next('reading', 'box-1');
  await hut.rack.act('scanner-1', 'scan', { text: 'T2211070042' });
  expect((await watching.next('reading', 'scanner-1')).text).toBe('T2211070042 (reading.scanned)');
  await hut.rack.act('scanner-1', 'scan', { text: personal });
  expect((await watching.next('reading', 'scanner-1')).text).toContain('18 characters …0018');
  await hut.rack.act('box-1', 'inject', { base64: Buffer.alloc(40, 0x55).toString('base64') });
  expect((await watching.next('discarded', 'box-1')).text).toMatch(/^\d+ bytes: /);
  await hut.rack.unplug('scanner-1');
  expect((await watching.next('state', 'scanner-1')).text).toMatch(/scanner-line (fault|missing)/);
  expect(await watching.end()).toBe(0);
  expect(JSON.stringify(watching.told)).not.toContain(personal.slice(4, 14));
});

test('monitor beside a gateway follows it, one device if asked, and says when it ends', async () => {
  const hut = await wholeHut({ devices: [scanner, box], confirm: 'broker' });
  const gateway = hut.start();
  await ready(hut);
  const watching = monitor(hut, 'scanner-1');
  expect((await watching.next('state', 'scanner-1')).text).toBe('scanner-line ready');
  await hut.rack.act('scanner-1', 'scan', { text: personal });
  expect((await watching.next('reading', 'scanner-1')).text).toMatch(
    /^18 characters …0018 \(reading\.scanned reading\/\d+\)$/,
  );
  await hut.rack.unplug('scanner-1');
  expect((await watching.next('state', 'scanner-1')).text).toMatch(/fault|missing/);
  await gateway.kill('SIGTERM');
  expect(await watching.exited).toBe(1);
  expect(watching.told.some(({ device }) => device === 'box-1')).toBe(false);
  expect((await hutgate('monitor', '--config', hut.files.configFile, 'scanner-9')).code).toBe(2);
});
