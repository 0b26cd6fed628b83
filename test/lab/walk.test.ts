/**
 * A technician's walk: from an empty directory and eight devices that nobody has told the machine about to a working hut.
 * Every step does what the step before printed. What is known here besides is what a technician has in the hand: how to
 * work each device, what the labels at the two GPIO wires say, the broker's address, and the key that the centre has given.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { News } from '../../gateway/cli/monitor/news.ts';
import type { EventEnvelope } from '../../gateway/contract/envelope.ts';
import { generateKeys } from '../../gateway/privacy/generate-keys.ts';
import { startBroker } from '../../simulators/broker.ts';
import { startCentral } from '../../simulators/central.ts';
import { gpioSim, hasGpioSim } from '../../simulators/lab/gpio-chip.ts';
import { hutgateBin } from '../support/gateway-process.ts';
import { hidBench } from './hid-bench.ts';
import { plugged, serialRack, socketOf, unplugged, until } from './lab.ts';
import { labelPrinter } from './usb-devices.ts';

const doorWire = 5;
const lampWire = 6;
const region = 'jinshui';

const { plug, clear } = hidBench();
const rack = serialRack();
const cleanUps: (() => unknown)[] = [];
const dir = mkdtempSync(join(tmpdir(), 'hutgate-walk-'));
const hutFile = join(dir, 'hut.yaml');
let hands: readonly { readonly what: string; use(code: string): unknown }[];
let door: (level: 0 | 1) => void;

beforeAll(async () => {
  if (!hasGpioSim()) return;
  for (const id of socketOf.keys()) {
    if (id !== 'printer-1') await rack.plug(id).then(() => plugged(id));
  }
  await rack.unplug('printer-1');
  await unplugged('printer-1');
  const pos = plug('scanner-hid-pos');
  plug('probe-temper');
  const printer = labelPrinter();
  const chip = gpioSim('hut-board', 8);
  cleanUps.push(
    printer.remove,
    chip.remove,
    () => rack.plug('printer-1'),
    () => plugged('printer-1'),
  );
  door = (level) => chip.drive(doorWire, level);
  hands = [
    ...['scanner-1', 'scanner-2'].map((id) => ({ what: id, use: (text: string) => rack.act(id, 'scan', { text }) })),
    { what: 'POS scanner', use: (text) => pos.act('scan', { text }) },
  ];
});
afterAll(async () => {
  await clear();
  for (const cleanUp of cleanUps) await cleanUp();
  rmSync(dir, { recursive: true });
});

/** What a command printed, and its exit code: 0 or 1. */
async function hutgate(...args: string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(hutgateBin, args, (error, stdout, stderr) => {
      console.log(`$ hutgate ${args.join(' ')}\n${stdout}${stderr}`);
      resolve({ code: error ? Number(error.code) : 0, stdout });
    });
  });
}

interface Findings {
  readonly failed: number;
  readonly findings: readonly { check: string; verdict: string; says: string; fix?: string }[];
}
const doctor = async (): Promise<Findings> =>
  JSON.parse((await hutgate('doctor', '--config', hutFile, '--json')).stdout);

function edit(change: (line: string) => string | readonly string[]): void {
  writeFileSync(hutFile, readFileSync(hutFile, 'utf8').split('\n').flatMap(change).join('\n'));
}
const isLineOf = (id: string) => (line: string) => line.includes(`{ id: ${id},`);

/** The monitor, until `enough` of what it told. */
async function monitor(act: () => unknown, enough: (told: readonly News[]) => boolean): Promise<readonly News[]> {
  const child = spawn(hutgateBin, ['monitor', '--config', hutFile, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const told: News[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line)));
  try {
    const ids = [...readFileSync(hutFile, 'utf8').matchAll(/^ +- \{ id: ([a-z0-9-]+)/gm)].map(([, id]) => id);
    const isReady = (id: unknown) =>
      told.some((one) => one.device === id && one.what === 'state' && / ready/.test(one.text));
    await until('every device ready in the monitor', () => ids.every(isReady));
    await act();
    await until('what was done in the monitor', () => enough(told));
  } catch (error) {
    throw new Error(`the monitor told ${JSON.stringify(told)}`, { cause: error });
  } finally {
    child.kill('SIGINT');
    await exited;
  }
  return told;
}

test.skipIf(!hasGpioSim())(
  'devices, check, doctor, monitor, run',
  async () => {
    const broker = await startBroker();
    const { recipient } = await generateKeys();
    const came: EventEnvelope[] = [];
    const central = await startCentral({
      url: broker.url,
      region,
      onEvent: (_, bytes) => came.push(JSON.parse(Buffer.from(bytes).toString())),
    });
    cleanUps.unshift(
      () => central.stop(),
      () => broker.stop(),
    );

    // 1. What is plugged in.
    const { stdout } = await hutgate('devices');
    const pasted = stdout.slice(stdout.indexOf('\ndevices:\n') + 1);
    writeFileSync(
      hutFile,
      `gateway: { id: hut-0417, region: ${region}, site: { name: 金水路采样屋 } }
uplink: { url: "${broker.url}" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
${pasted}`,
    );
    // The line of the chip stands for each wire: its number is at the terminal.
    edit((line) => {
      if (!line.includes('/LINE"')) return line;
      const lamp = line.replace('# - ', '- ').replace('LINE', String(lampWire));
      const contact = lamp
        .replace(/lamp-1, driver: indicator/, 'door-1, driver: digital-input')
        .replace(/, options: \{.*/, ' }');
      return [lamp, contact.replace(`/${lampWire}"`, `/${doorWire}"`)];
    });

    // 2. What is wrong with it: each line names a key, and what is allowed there.
    const { code, stdout: wrong } = await hutgate('check', '--config', hutFile);
    expect(code).toBe(1);
    if (/options\.use/.test(wrong))
      edit((line) => line.replace(`/${doorWire}" }`, `/${doorWire}", options: { use: door } }`));
    const files = (await hutgate('check', '--config', hutFile)).stdout;
    expect(files).toMatch(/privacy\.recipient: .*registry\.jwk does not exist/);
    expect(files).toMatch(/privacy\.personRefKey: .*openssl rand -base64 32/);
    writeFileSync(join(dir, 'registry.jwk'), JSON.stringify(recipient));
    writeFileSync(join(dir, 'personref.key'), randomBytes(32).toString('base64'));
    expect((await hutgate('check', '--config', hutFile)).code).toBe(0);

    // 3. All ports open; those that say nothing by themselves are listened to.
    const first = await doctor();
    expect(first.findings.filter(({ verdict }) => verdict === 'FAIL')).toEqual([]);
    const mute = first.findings.filter(({ says }) => says.includes('says nothing by itself')).map(({ check }) => check);
    const codes = hands.map((_, n) => `T000000042${n}`);
    const readings = (told: readonly News[]) => told.filter(({ what }) => what === 'reading');
    const told = await monitor(
      async () => {
        for (const [n, hand] of hands.entries()) await hand.use(codes[n]!);
      },
      (now) => codes.every((text) => readings(now).some((one) => one.text.includes(`…${text.slice(-2)}`))),
    );
    expect(JSON.stringify(told)).not.toContain(codes[0]!.slice(0, -4));
    const heard = new Set(readings(told).map(({ device }) => device));
    const unheard = mute.filter((id) => !heard.has(id) && /^scanner/.test(id));

    // 4. What is no scanner: named as something that answers, the doctor tells what it is.
    expect(unheard.length).toBeGreaterThan(0);
    edit((line) => (unheard.some((id) => isLineOf(id)(line)) ? line.replace('scanner-line', 'id-sam') : line));
    for (const { check, verdict, fix } of (await doctor()).findings) {
      if (verdict !== 'FAIL') continue;
      expect(unheard).toContain(check);
      // The fix is the rest of the line, but for the name and the address.
      edit((line) =>
        isLineOf(check)(line) ? line.replace('driver: id-sam, ', '').replace(/ \}( *#.*)?$/, `, ${fix} }`) : line,
      );
    }
    expect((await hutgate('check', '--config', hutFile)).code).toBe(0);

    // 5. The hut.
    const gateway = spawn(hutgateBin, ['run', '--config', hutFile], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    gateway.stderr.on('data', (chunk) => {
      log += chunk;
    });
    const exited = new Promise((resolve) => gateway.once('exit', resolve));
    try {
      await until('the hut at the centre', () => central.report().huts.some(({ online }) => online));
      // Beside a running gateway the doctor asks it.
      await until(
        'a doctor that finds nothing to mend',
        async () => {
          const { failed, findings } = await doctor();
          return (
            failed === 0 &&
            findings.every(({ says }) => !/ (opening|identifying)/.test(says)) &&
            findings.some(({ check }) => check === 'gateway')
          );
        },
        1_000,
      );
      for (const [n, hand] of hands.entries()) await hand.use(codes[n]!);
      await rack.act('card-1', 'present', {});
      door(1);
      const wanted = ['scanned', 'scanned', 'scanned', 'card-read', 'input-changed', 'temperature', 'temperature'];
      const kinds = () =>
        new Map(
          came
            .filter(({ stream }) => stream === 'reading')
            .map(({ data, type }) => [(data as { device?: string }).device, type.split('.').at(-2)]),
        );
      await until(
        'a reading of each device at the centre',
        () => [...kinds().values()].toSorted().join() === wanted.toSorted().join(),
        500,
      );
      expect(central.report()).toMatchObject({ gaps: 0, violations: 0 });
    } catch (error) {
      throw new Error(
        `the centre has ${JSON.stringify(came.map(({ type, data }) => [type, data]))}; the gateway said ${log}`,
        { cause: error },
      );
    } finally {
      gateway.kill('SIGTERM');
      await exited;
    }
  },
  600_000,
);
