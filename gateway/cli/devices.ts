/** `hutgate devices`: what is plugged in, by which name it is found again, which driver fits, and the YAML to paste. Opens nothing. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { type Attached, discover, placeOf } from '../../device-drivers/discovery/discover.ts';
import { driversFor, type Suggestion, suggest } from '../../device-drivers/discovery/suggest.ts';
import type { Roots } from '../../device-drivers/discovery/sysfs.ts';
import { usbId } from '../../device-drivers/discovery/usb-place.ts';
import type { Driver } from '../../device-drivers/driver.ts';
import { identifyCode } from '../../device-drivers/identify-code.ts';
import { rfc3339 } from '../wall-time.ts';
import { endAsked } from './end-asked.ts';
import { loadForStart } from './load-config.ts';

const lookEveryMs = 1_000;

interface Options {
  readonly codes?: string;
  readonly watch?: true;
  readonly json?: true;
  readonly root: string;
}

export function devicesCommand(drivers: ReadonlyMap<string, Driver>): Command {
  return new Command('devices')
    .description('What is plugged in: stable name, what it probably is, and the YAML to paste. Opens nothing.')
    .option('--watch', 'go on, and print what is plugged in and pulled out; Ctrl-C ends')
    .option('--json', 'print JSON; with --watch one line for each change')
    .option('--root <dir>', "where the machine's sys and dev are, for a container that has the host's elsewhere", '/')
    .option('--codes <file>', 'instead, print the identify code of each scanner of this configuration')
    .action(async ({ codes, watch, json, root }: Options) => {
      if (codes !== undefined) {
        await printCodes(codes, drivers, json === true);
        return;
      }
      const roots = { sysDir: join(resolve(root), 'sys'), devDir: join(resolve(root), 'dev') };
      if (!existsSync(roots.sysDir)) {
        process.stderr.write(`${root}: holds no sys, so nothing can be looked at; correct --root\n`);
        process.exitCode = 1;
        return;
      }
      const attached = await discover(roots);
      const suggestions = suggest(attached, drivers);
      if (!json) print(describeAll(attached, suggestions, drivers));
      else if (!watch)
        print(
          JSON.stringify(
            attached.map((one, i) => asJson(one, suggestions[i]!)),
            undefined,
            2,
          ),
        );
      if (watch) await watchPlugs(attached, roots, drivers, json === true);
    });
}

/** For cards beside the scanners: a scanner that reads its own says which one it is. */
async function printCodes(file: string, drivers: ReadonlyMap<string, Driver>, json: boolean): Promise<void> {
  const loaded = await loadForStart(file);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
    return;
  }
  const scanners = loaded.config.devices.filter(({ driver }) => drivers.get(driver)?.kind === 'scanner');
  const codes = scanners.map(({ id }) => ({ id, code: identifyCode(id) }));
  print(
    json ? JSON.stringify(codes, undefined, 2) : codes.map(({ id, code }) => `${id.padEnd(32)} ${code}`).join('\n'),
  );
}

/** A thing whose name changed without a plug, because its twin came or went, is told too. */
async function watchPlugs(
  first: readonly Attached[],
  roots: Roots,
  drivers: ReadonlyMap<string, Driver>,
  json: boolean,
): Promise<void> {
  const ending = new AbortController();
  void endAsked().then(() => ending.abort());
  let before = byMark(first);
  const tell = (change: string, one: Attached) => {
    const when = rfc3339(Date.now());
    if (json) print(JSON.stringify({ when, change, ...asJson(one, suggest([one], drivers)[0]!) }));
    else print(`${when.slice(11, 19)} ${change.padEnd(9)} ${oneLine(one)}`);
  };
  if (json) for (const one of first) tell('there', one);
  else print('\nwatching; Ctrl-C ends');
  for (;;) {
    await sleep(lookEveryMs, undefined, { signal: ending.signal }).catch(() => {});
    if (ending.signal.aborted) return;
    const now = byMark(await discover(roots));
    for (const [mark, one] of before) if (!now.has(mark)) tell('unplugged', one);
    for (const [mark, one] of now) {
      const was = before.get(mark);
      if (!was) tell('plugged', one);
      else if (was.naming.at !== one.naming.at) tell('renamed', one);
    }
    before = now;
  }
}

const byMark = (attached: readonly Attached[]) =>
  new Map(attached.map((one) => [`${one.found.bus} ${one.found.mark}`, one]));

/** What a program may rely on: fields are only ever added. */
function asJson({ found, judged, naming }: Attached, { line, or }: Suggestion) {
  const { usb } = found;
  return {
    ...{ bus: found.bus, place: placeOf(found), what: judged.what },
    ...(usb && { usb: { id: usbId(usb), socket: usb.socket, serial: usb.serial, maker: usb.maker, name: usb.name } }),
    ...{ drivers: judged.drivers, isForeign: judged.isForeign === true },
    ...{ at: naming.at, isStable: naming.isStable, why: naming.why, fix: naming.fix },
    ...{ yaml: line, or },
  };
}

function describeAll(
  attached: readonly Attached[],
  suggestions: readonly Suggestion[],
  drivers: ReadonlyMap<string, Driver>,
): string {
  if (attached.length === 0)
    return 'nothing is attached: no serial port, HID device, USB printer, 1-wire sensor or GPIO chip';
  const serialDrivers = suggestions.some(({ or }) => or === 'any')
    ? [
        '  # Drivers for what is on a serial port:',
        ...driversFor('serial', drivers).map((name) => `  #   ${name.padEnd(18)} ${drivers.get(name)!.describe}`),
      ]
    : [];
  const lines = suggestions.map(({ line, or }) => {
    const others = or === 'any' ? 'or another driver, see below' : or.length > 0 ? `or driver: ${or.join(', ')}` : '';
    return `  ${line}${others && ` # ${others}`}`;
  });
  return [...attached.map(describe), 'For the configuration:', '', 'devices:', ...lines, ...serialDrivers].join('\n');
}

function describe(one: Attached): string {
  const { judged, naming } = one;
  if (judged.isForeign) return `${oneLine(one)}\n`;
  const rows: [string, string | undefined][] = [
    ['name', naming.at],
    ['', naming.why],
    ['to do', naming.fix],
    ['driver', driverText(judged.drivers)],
  ];
  const given = rows.filter(([, text]) => text !== undefined);
  return `${[oneLine(one), ...given.map(([label, text]) => `  ${label.padEnd(7)} ${text}`)].join('\n')}\n`;
}

const driverText = (drivers: readonly string[] | 'any'): string => {
  if (drivers === 'any') return 'which one does not show; see below';
  return drivers.length > 0 ? drivers.join(' or ') : 'none';
};

function oneLine({ found, judged }: Attached): string {
  const { usb } = found;
  return `${placeOf(found)}  ${judged.what}${usb ? ` (${usbId(usb)}, socket ${usb.socket})` : ''}`;
}

const print = (text: string) => process.stdout.write(`${text}\n`);
