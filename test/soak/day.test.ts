/**
 * Twenty-four hours of a hut in one to two minutes: every device of the registries, people who use them, lines that spoil one byte
 * in a hundred, plugs that slip out; supervisor, intake and a real store on a clock that jumps. Compared, with `DAY_SEED`
 * repeating a run:
 *
 * - every reading of a driver is in the store once, in order, with what it said;
 * - a scanner on a plain line acknowledges nothing, so what is compared is the wire: every code that reached the host
 *   undamaged is a reading, once;
 * - where the device gets its answer (a scanner's ACK, a card that lay there until it was read) or the wire keeps its
 *   reports whole (HID, USB, GPIO), each scan, card and press during which the plug stayed in is a reading, once;
 * - a Modbus probe, whose CRC protects it, never reads a temperature that no sensor has;
 * - memory does not grow.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Reading } from '../../device-drivers/driver.ts';
import type { OpenLink } from '../../device-drivers/link.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { createIntake } from '../../gateway/intake.ts';
import { generateKeys } from '../../gateway/privacy/generate-keys.ts';
import { makeReferences, parseReferenceKey } from '../../gateway/privacy/person-ref.ts';
import { makeSealer } from '../../gateway/privacy/seal.ts';
import { readingEvent } from '../../gateway/reading-event.ts';
import { openStore } from '../../gateway/store/open.ts';
import { supervise } from '../../gateway/supervisor/supervise.ts';
import { rfc3339 } from '../../gateway/wall-time.ts';
import { cardText, findPerson } from '../../simulators/people.ts';
import { type LineFaults, startRack } from '../../simulators/rack.ts';
import { seededRandom } from '../../simulators/random.ts';
import { simulators } from '../../simulators/registry.ts';
import { withSimulated } from '../../simulators/sim-port.ts';
import { fastClock } from './fast-clock.ts';

const seed = Number(process.env.DAY_SEED ?? Date.now() % 1_000_000);
const hours = Math.max(2, Number(process.env.DAY_HOURS ?? 24));
const hourMs = 3_600_000;
/** What one round of a person with a device takes; longer than any retry of a driver or device. */
const roundMs = 40_000;
const readyWithinMs = 120_000;
const rssGrowthMax = 32 * 1024 * 1024;
/** Ends a code of a scanner that sent no suffix. */
const silenceMs = 80;
/** In mid-frame, ends what a device said. */
const stallMs = 200;
/** Their check values miss what the faults can do to one frame. */
const weaklyChecked: ReadonlySet<string> = new Set(['id-sam', 'scanner-ssi']);

/** What a driver and its simulator have to be told where their defaults do not fit each other, or poll more than a day needs. */
interface Settings {
  readonly driver?: object;
  readonly simulator?: object;
}
const settings: ReadonlyMap<string, Settings> = new Map<string, Settings>([
  ['digital-input', { driver: { use: 'door' } }],
  ['indicator', { driver: { use: 'ok-lamp' } }],
  ['probe-modbus', { driver: { profile: 'r4dcb08', channels: 2 } }],
  ['thermometer-ir', { driver: { profile: 'gy-mcu90614' }, simulator: { profile: 'gy-mcu90614', everyMs: 1_000 } }],
  ...['id-sam', 'id-sam-hid', 'id-sam-usb'].map((name) => [name, { driver: { pollMs: 1_000 } }] as const),
  ...['printer-zpl', 'printer-tspl', 'printer-escpos'].map(
    (name) => [name, { driver: { statusEveryMs: 30_000 } }] as const,
  ),
]);

/** One byte in a hundred; where an answer has more than a thousand, so few that some of them arrive. */
const perByte = (all: number): LineFaults => ({
  ...{ drop: all * 0.3, flip: all * 0.3, duplicate: all * 0.2, split: all * 0.2 },
  hangUp: all / 1_000,
});
const slipsOut: LineFaults = { hangUp: 0.000_02 };
const lines: ReadonlyMap<string, LineFaults> = new Map<string, LineFaults>([
  ...['digital-input', 'indicator', 'id-sam-usb', 'probe-w1'].map((name) => [name, slipsOut] as const),
  ['id-sam', perByte(0.000_3)],
]);
const faultsOf = (name: string) => lines.get(name) ?? (simulators.get(name)?.hid ? slipsOut : perByte(0.01));

test('a day', { timeout: 600_000 }, async () => {
  console.log(`seed ${seed} (DAY_SEED=${seed} repeats it), ${hours} hours`);
  const clock = fastClock();
  const random = seededRandom(seed, 'day');
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-day-'));
  const names = [...drivers.keys()].filter((name) => simulators.has(name));
  const inProcess = new Map([...simulators].map(([name, made]) => [name, { ...made, wires: ['sim' as const] }]));
  const devices = names.map((name) => ({ id: name, driver: name, options: settings.get(name)?.simulator ?? {} }));
  const rack = await startRack({ devices: devices as never, dir, seed, clock, simulators: inProcess });

  const keys = await generateKeys();
  const references = makeReferences(parseReferenceKey(keys.personRefKey));
  const policy = {
    ...{ clockQuality: () => 'synced' as const, ...references },
    isCode: (text: string) => /^T\d{10}$/.test(text),
  };
  const store = await openStore({
    ...{ dir: join(dir, 'store'), gateway: 'hut-day', region: 'test', bootId: randomUUID() },
    stamp: () => ({
      ...{ time: rfc3339(clock.wallMs()), monoMs: Math.round(clock.monotonicMs()) },
      clockQuality: 'synced',
    }),
  });
  const refused: string[] = [];
  const wrong: string[] = [];
  const intake = createIntake({
    ...{ store, clock, seal: makeSealer(keys.recipient), ...policy, committed() {} },
    refused: (device, count, why) => refused.push(`${device} ${count} ${why}`),
    hold: (device) => supervisor.hold(device),
    release: (device) => supervisor.release(device),
  });

  /** What the drivers said since the last look into the store: type and data of the event it has to be. */
  let said: string[] = [];
  const readings = new Map<string, Reading[]>(names.map((name) => [name, []]));
  const totals = new Map<string, number>();
  /** How often each device was not there, or about to be. */
  const losses = new Map<string, number>();
  /** The codes that reached the host whole, by the test's own reading of the wire. */
  let whole: string[] = [];
  const sent = new Set<string>();
  /** What the host got from these devices in the round, cut where the line was silent: half a frame ends there. */
  const heard = new Map([...weaklyChecked].map((name) => [name, { bursts: [] as Buffer[], lastMs: 0 }]));

  const sim = withSimulated(rack, {
    openLink: () => Promise.reject(new Error('there is nothing else')),
    isPresent: async () => undefined,
  });
  const openLink: OpenLink = (address, line, events) => {
    let held = '';
    let lastMs = 0;
    const look = (chunk: Uint8Array) => {
      const from = heard.get(address.target);
      if (from) {
        const isNew = clock.monotonicMs() - from.lastMs >= stallMs;
        from.bursts.push(Buffer.concat([(!isNew && from.bursts.pop()) || Buffer.alloc(0), chunk]));
        from.lastMs = clock.monotonicMs();
      }
      if (address.target !== 'scanner-line') return;
      if (clock.monotonicMs() - lastMs >= silenceMs) held = '';
      lastMs = clock.monotonicMs();
      const parts = (held + Buffer.from(chunk).toString('latin1')).split(/[\r\n]/);
      held = parts.pop()!;
      whole.push(...parts.filter((part) => sent.has(part)));
    };
    const data = (chunk: Uint8Array) => {
      look(chunk);
      events.data(chunk);
    };
    return sim.openLink(address, line, { ...events, data });
  };
  const supervisor = supervise({
    devices: names.map((name) => ({
      ...{ id: name, driver: name, at: { scheme: 'sim', target: name } },
      options: drivers.get(name)!.options.parse(settings.get(name)?.driver ?? {}),
      line: { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' },
    })),
    ...{ drivers, openLink, isPresent: sim.isPresent, clock, random: seededRandom(seed, 'back-off') },
    events: {
      reading(id, reading, at) {
        if (id === 'probe-modbus' && reading.type === 'temperature' && ![4.2, 4.4].includes(reading.celsius!))
          wrong.push(`${id} at ${clock.monotonicMs()}: ${reading.celsius} degrees, which no sensor has`);
        const { type, data } = readingEvent(id, reading, at.wallMs, policy);
        said.push(JSON.stringify([type, data]));
        readings.get(id)!.push(reading);
        totals.set(id, (totals.get(id) ?? 0) + 1);
        intake.accept(id, reading, at);
      },
      repeat() {},
      state: (id, { state }) => state !== 'ready' && state !== 'degraded' && losses.set(id, (losses.get(id) ?? 0) + 1),
      fault() {},
    },
  });
  const stateOf = (name: string) => supervisor.states().find(({ id }) => id === name)!;
  const isReady = (name: string) => ['ready', 'degraded'].includes(stateOf(name).state);

  await clock.runTo(readyWithinMs);
  expect(names.filter((name) => !isReady(name)).map((name) => [name, stateOf(name).reason])).toEqual([]);
  for (const name of names) await rack.faults(name, faultsOf(name));

  // People. Each round: what is done, and what has to have come of it when it is over.
  const rounds = new Map<string, { kept: number; spoilt: number }>();
  const text = () => `T${Array.from({ length: 10 }, () => Math.floor(random() * 10)).join('')}`;
  const errorsOf = (name: string) => Number(rack.state().find(({ id }) => id === name)!.device.transmitErrors ?? 0);
  const scanned = (name: string, code: string) =>
    readings.get(name)!.filter((reading) => reading.type === 'scan' && reading.text === code).length;
  const actionsOf = new Map(
    rack.devices().map(({ id, actions }) => [id, new Set(actions.map((action) => action.name))]),
  );
  let person = 0;

  /** How many readings have to come of a round, by what is known at its end, and how many came. */
  interface Round {
    readonly least: () => number;
    readonly most: number;
    readonly was: () => number;
  }
  const begin = async (name: string): Promise<Round | undefined> => {
    const kind = drivers.get(name)!.kind;
    const actions = actionsOf.get(name)!;
    if (kind === 'scanner' && actions.has('scan')) {
      const code = text();
      sent.add(code);
      await rack.act(name, 'scan', { text: code });
      whole = [];
      const least = () => {
        if (name === 'scanner-line') return whole.includes(code) ? 1 : 0;
        return name === 'scanner-ssi' && heard.get(name)!.bursts.some((said) => hasFalsePacket(said, code)) ? 0 : 1;
      };
      return { least, most: 1, was: () => scanned(name, code) };
    }
    if (kind === 'id-reader' && actions.has('lift')) {
      person += 1;
      const present = findPerson(`crowd-${person}`)!;
      const { idNumber } = present;
      await rack.act(name, 'present', { person: `crowd-${person}` });
      clock.after(roundMs / 2, () => void rack.act(name, 'lift'));
      const was = () =>
        readings.get(name)!.filter((reading) => reading.type === 'identity' && reading.idNumber === idNumber).length;
      const least = () =>
        name !== 'id-sam' || heard.get(name)!.bursts.some((said) => hasCard(said, cardText(present))) ? 1 : 0;
      return { least, most: 1, was };
    }
    if (kind === 'id-reader') {
      await rack.act(name, 'present');
      return { least: () => 0, most: 1, was: () => readings.get(name)!.length };
    }
    if (actions.has('set')) {
      await rack.act(name, 'set', { level: 0 });
      clock.after(2_000, () => void rack.act(name, 'set', { level: 1 }));
      return { least: () => 2, most: 2, was: () => readings.get(name)!.length };
    }
    if (actions.has('measure')) await rack.act(name, 'measure', { celsius: 35.5 + Math.floor(random() * 20) / 10 });
    if (actions.has('person')) {
      await rack.act(name, 'person', { body: 36.5 });
      clock.after(roundMs / 2, () => void rack.act(name, 'leave'));
    }
    return undefined;
  };
  const errorsBefore = new Map<string, number>(
    names
      .filter((name) => rack.state().find(({ id }) => id === name)!.device.transmitErrors !== undefined)
      .map((name) => [name, 0]),
  );
  const live = async (name: string) => {
    if (!isReady(name)) return;
    const plugs = rack.plugs(name);
    for (const key of errorsBefore.keys()) if (key === name) errorsBefore.set(key, errorsOf(name));
    const lossesBefore = losses.get(name);
    readings.get(name)!.length = 0;
    if (heard.has(name)) heard.get(name)!.bursts = [];
    const round = await begin(name).catch(() => undefined);
    clock.after(roundMs - 1_000, () => {
      if (!round) return;
      const wasKept = rack.plugs(name) === plugs && losses.get(name) === lossesBefore;
      const wasHeard = !errorsBefore.has(name) || errorsOf(name) === errorsBefore.get(name);
      const count = rounds.get(name) ?? { kept: 0, spoilt: 0 };
      rounds.set(name, count);
      if (wasKept && wasHeard) count.kept += 1;
      else {
        count.spoilt += 1;
        return;
      }
      const was = round.was();
      if (was < round.least() || was > round.most)
        wrong.push(`${name} at ${clock.monotonicMs()}: ${was} readings, not ${round.least()} to ${round.most}`);
    });
  };
  for (const [index, name] of names.entries()) {
    const again = () => {
      void live(name);
      clock.after(roundMs, again);
    };
    clock.after(index * 1_000, again);
  }

  // The day, and after each hour of it a look into the store.
  const rss: number[] = [];
  let lastSeq = 0;
  let committed = 0;
  const startMs = performance.now();
  const endMs = readyWithinMs + hours * hourMs;
  for (let untilMs = readyWithinMs; untilMs < endMs; ) {
    for (let minute = 0; minute < 6; minute++) {
      untilMs += hourMs / 6;
      await clock.runTo(untilMs);
      await intake.settled();
    }
    const stored: string[] = [];
    for (;;) {
      const batches = await store.batches('reading', lastSeq, {
        eventsMax: 50,
        payloadBytesMax: 131_072,
        batchesMax: 100,
      });
      if (batches.length === 0) break;
      for (const { payload } of batches)
        for (const event of JSON.parse(Buffer.from(payload).toString())) {
          const { pii, ...data } = event.data;
          stored.push(JSON.stringify([event.type.replace(/^org\.hutgate\.|\.v1$/g, ''), data]));
          expect(Number(event.seq)).toBe(lastSeq + 1);
          lastSeq += 1;
          committed += 1;
        }
    }
    expect(stored.length).toBe(said.length);
    expect(stored.findIndex((event, at) => event !== said[at])).toBe(-1);
    said = [];
    store.confirm('reading', lastSeq);
    globalThis.gc?.();
    rss.push(process.memoryUsage().rss);
  }
  expect(wrong).toEqual([]);
  expect(refused).toEqual([]);
  // A device that was well in the first hours has grown nothing since.
  const half = rss.length >> 1;
  expect(Math.max(...rss.slice(half)) - Math.max(...rss.slice(0, half))).toBeLessThan(rssGrowthMax);

  console.log(
    `${Math.round((performance.now() - startMs) / 1000)} s, ${clock.timersRun()} timers, ${committed} readings; ` +
      `RSS ${rss.map((bytes) => Math.round(bytes / 1024 / 1024)).join(' ')} MB`,
  );
  for (const name of names) {
    const { kept, spoilt } = rounds.get(name) ?? { kept: 0, spoilt: 0 };
    const { faults } = rack.state().find(({ id }) => id === name)!.counters;
    console.log(
      `${name}: ${totals.get(name) ?? 0} readings; rounds ${kept} kept, ${spoilt} spoilt; ${JSON.stringify(faults)}`,
    );
  }
  await supervisor.stop();
  await store.close();
  await rack.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** By GA/T 467: a frame whose length and check byte are right. XOR misses two equal bytes, one lost and one doubled, so the text is compared too. */
function hasCard(bytes: Buffer, text: Uint8Array): boolean {
  const head = Buffer.from('aaaaaa9669', 'hex');
  for (let at = bytes.indexOf(head); at >= 0; at = bytes.indexOf(head, at + 1)) {
    if (at + 7 > bytes.length) return false;
    const frame = bytes.subarray(at + 5, at + 7 + bytes.readUInt16BE(at + 5));
    const isWhole = frame.length === 2 + frame.readUInt16BE(0) && frame.reduce((xor, byte) => xor ^ byte, 0) === 0;
    if (isWhole && frame.indexOf(text) === 9) return true;
  }
  return false;
}

/**
 * By the SSI Programmer's Guide: a packet whose sum is right and which is not the one that was sent. A byte lost and an
 * equal one doubled leave the sum as it is: no host can tell, and the scanner is told that the code was got.
 */
function hasFalsePacket(bytes: Buffer, code: string): boolean {
  const answers: ReadonlySet<number | undefined> = new Set([0xd0, 0xd1]);
  for (let at = 0; at + 6 <= bytes.length; at++) {
    const end = at + bytes[at]!;
    if (bytes[at]! < 4 || end + 2 > bytes.length || answers.has(bytes[at + 1])) continue;
    const sum = bytes.subarray(at, end).reduce((all, byte) => all + byte, 0) + bytes.readUInt16BE(end);
    const isCode = bytes.subarray(at + 4, end).equals(Buffer.from(`\x03${code}`)) && bytes[at + 3]! <= 1;
    if ((sum & 0xffff) === 0 && !isCode) return true;
  }
  return false;
}
