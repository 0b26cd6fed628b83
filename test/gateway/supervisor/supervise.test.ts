/** Several devices on memory ports, under a manual clock. */
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Conversation, type Driver, defineDriver, receive, send } from '../../../device-drivers/driver.ts';
import type { Framed } from '../../../device-drivers/framing.ts';
import { LinkOpenError, type OpenLink } from '../../../device-drivers/link.ts';
import { createMemoryPort, type MemoryPort } from '../../../device-drivers/transport/memory.ts';
import type { DeviceConfig } from '../../../gateway/supervisor/device.ts';
import { type Supervisor, supervise } from '../../../gateway/supervisor/supervise.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (chunk: Uint8Array) => new TextDecoder().decode(chunk);

/** Each chunk is a frame. Asked `?`, a device must answer with the model that is configured. */
const driver: Driver = defineDriver<{ model: string }, string>({
  name: 'asked',
  kind: 'scanner',
  describe: 'made for a test',
  transports: ['sim'],
  options: z.strictObject({ model: z.string() }),
  faults: [],
  session: ({ model }) => ({
    framing: {
      push: (chunk): Framed<string>[] => [{ frame: text(chunk) }],
      heldBytes: 0,
      flush: () => [],
    },
    *identify() {
      yield* send(bytes('?'));
      const answer = yield* receive<string>(200);
      if (answer === undefined) return { fault: { code: 'no-reply' } };
      return answer === model ? { identity: { model } } : { fault: { code: 'wrong-device' } };
    },
    onFrame(frame) {
      if (frame === 'BUG') throw new Error('a bug');
      return frame === 'OUT'
        ? [{ condition: { code: 'noisy-line' } }]
        : frame === 'BAD'
          ? [{ fault: { code: 'no-reply' } }]
          : [{ reading: { type: 'scan', text: frame } }];
    },
    commands: {
      *ask(): Conversation<string, { answer: string | undefined }> {
        yield* send(bytes('?'));
        return { answer: yield* receive<string>(200) };
      },
    },
  }),
});

let clock: ManualClock;
let ports: Map<string, MemoryPort>;
let log: string[];
let supervisor: Supervisor;

beforeEach(() => {
  clock = manualClock();
  ports = new Map();
  log = [];
});

const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;
const configOf = (id: string): DeviceConfig => ({
  ...{ id, driver: 'asked', at: { scheme: 'sim', target: id }, options: { model: 'GOOD' }, line },
});
/** Puts a device that answers `model` behind the socket `id`. */
function put(id: string, model: string | undefined): MemoryPort {
  const port = ports.get(id) ?? createMemoryPort(clock);
  port.device.onData(() => model !== undefined && port.device.send(bytes(model)));
  port.device.plug();
  ports.set(id, port);
  return port;
}

const settled = async () => {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
};
/** Time passes in small steps, with the microtasks of each. */
async function pass(ms: number) {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100);
    await settled();
  }
}

const byPort: OpenLink = async ({ target }, _line, events) => ports.get(target)!.open(events);

async function run(
  ids: readonly string[],
  openLink = byPort,
  isPresent: (at: { target: string }) => Promise<string | false | undefined> = async () => undefined,
) {
  supervisor = supervise({
    ...{ devices: ids.map(configOf), drivers: new Map([['asked', driver]]), openLink, isPresent, clock },
    random: () => 0,
    events: {
      reading: (id, reading) => log.push(`${id} ${'text' in reading ? reading.text : ''}`),
      repeat() {},
      state: (id, { state, reason }) => log.push(`${id} is ${state}${reason ? ` ${reason.code}` : ''}`),
      fault: (id, { code }) => log.push(`${id} fault ${code}`),
    },
  });
  await settled();
}
const stateOf = (id: string) => supervisor.states().find((state) => state.id === id)!;

describe('a device', () => {
  test('goes through its states to ready; readings, faults and conditions carry its name', async () => {
    const port = put('a', 'GOOD');
    await run(['a']);
    for (const frame of ['ONE', 'BAD', 'OUT']) port.device.send(bytes(frame));
    expect(log).toEqual(['a is identifying', 'a is ready', 'a ONE', 'a fault no-reply', 'a is degraded noisy-line']);
    expect(stateOf('a')).toEqual({
      ...{ id: 'a', driver: 'asked', kind: 'scanner', state: 'degraded', sinceWallMs: clock.wallMs() },
      ...{ identity: { model: 'GOOD' }, reason: { code: 'noisy-line' } },
    });
  });

  test('that is swapped for another fails its identification and is back by itself when it is right again', async () => {
    put('a', 'OTHER');
    await run(['a']);
    expect(stateOf('a')).toMatchObject({ state: 'fault', reason: { code: 'wrong-device' }, retryAtMs: 500 });
    ports.get('a')!.device.send(bytes('SCAN OF A STRANGER'));
    put('a', 'GOOD');
    await pass(500);
    expect(stateOf('a')).toMatchObject({ state: 'ready' });
    expect(log).not.toContain('a SCAN OF A STRANGER');
  });

  test('that stays silent is asked again every two seconds, and is told once', async () => {
    put('a', undefined);
    let opens = 0;
    await run(['a'], (...args) => {
      opens += 1;
      return byPort(...args);
    });
    await pass(60_000);
    expect(opens).toBe(29);
    expect(supervisor.counters('a').faults.get('no-reply')).toBe(29);
    expect(log).toEqual(['a is identifying', 'a is fault no-reply']);
    expect(stateOf('a')).toMatchObject({ state: 'fault', sinceWallMs: manualClock().wallMs() + 200 });
  });

  test('that is unplugged is missing within a second, and back within three of the plug, however long it failed before', async () => {
    const port = put('a', undefined);
    let isThere = true;
    await run(['a'], byPort, async () => isThere && 'the plug');
    await pass(30_000);
    expect(stateOf('a').state).toBe('fault');
    isThere = false;
    port.device.unplug();
    await pass(1_000);
    expect(stateOf('a')).toMatchObject({ state: 'missing', reason: { code: 'port-missing' } });
    log = [];
    await pass(120_000);
    expect(log).toEqual([]);
    put('a', 'GOOD');
    isThere = true;
    await pass(1_000);
    expect(stateOf('a').state).toBe('ready');
  });

  test('that is replugged between two looks is back within three seconds, however long it failed before', async () => {
    put('a', undefined);
    let plug = 'the first';
    await run(['a'], byPort, async () => plug);
    await pass(30_000);
    expect(stateOf('a')).toMatchObject({ state: 'fault', reason: { code: 'no-reply' } });
    // A next try that is far away: the replug must not wait for it.
    while (stateOf('a').retryAtMs! - clock.monotonicMs() < 1_500) await pass(100);
    put('a', 'GOOD');
    plug = 'the second';
    await pass(1_000);
    expect(stateOf('a').state).toBe('ready');
  });

  test('that was never there is told once', async () => {
    put('a', 'GOOD').device.unplug();
    await run(['a'], byPort, async () => false);
    await pass(60_000);
    expect(log).toEqual(['a is missing port-missing']);
  });

  test('that no look can find is retried with back-off', async () => {
    put('a', 'GOOD').device.unplug();
    await run(['a']);
    expect(stateOf('a')).toMatchObject({ state: 'missing', retryAtMs: 500 });
    await pass(3_000);
    put('a', 'GOOD');
    await pass(1_000);
    expect(stateOf('a').state).toBe('ready');
  });

  test('keeps its counters over its connections', async () => {
    const port = put('a', 'GOOD');
    await run(['a']);
    port.device.send(bytes('ONE'));
    port.device.unplug();
    await settled();
    put('a', 'GOOD');
    await pass(500);
    port.device.send(bytes('TWO'));
    expect(supervisor.counters('a')).toMatchObject({ readings: 2, frames: 4 });
    expect(supervisor.counters('a').faults.get('link-lost')).toBe(1);
  });
});

describe('several devices', () => {
  test('what one does, the others do not notice', async () => {
    for (const id of ['bug', 'hangs', 'good']) put(id, 'GOOD');
    await run(['bug', 'hangs', 'none', 'good'], (at, ...rest) => {
      if (at.target === 'hangs') return new Promise(() => {});
      if (at.target === 'none') throw new LinkOpenError('unsupported', 'not built in');
      return byPort(at, ...rest);
    });
    ports.get('bug')!.device.send(bytes('BUG'));
    await settled();
    ports.get('good')!.device.send(bytes('SCAN'));
    expect(supervisor.states().map(({ state, reason }) => [state, reason?.code])).toEqual([
      ['fault', 'driver-bug'],
      ['opening', undefined],
      ['fault', 'transport-unsupported'],
      ['ready', undefined],
    ]);
    expect(log.at(-1)).toBe('good SCAN');
    await pass(11_500);
    expect(stateOf('hangs')).toMatchObject({ state: 'fault', reason: { code: 'port-failed' } });
    expect(stateOf('bug').state).toBe('ready');
  });

  test('two of the same kind keep their places', async () => {
    put('a', 'GOOD');
    put('b', 'GOOD');
    await run(['a', 'b']);
    ports.get('b')!.device.send(bytes('B1'));
    ports.get('a')!.device.send(bytes('A1'));
    ports.get('a')!.device.unplug();
    ports.get('b')!.device.send(bytes('B2'));
    await settled();
    expect(log.filter((entry) => !entry.includes(' is '))).toEqual(['b B1', 'a A1', 'b B2']);
    expect(supervisor.states().map(({ state }) => state)).toEqual(['fault', 'ready']);
  });
});

describe('commands', () => {
  test('reach a ready device and are refused by any other, with a value', async () => {
    put('a', 'GOOD');
    put('b', 'GOOD').device.unplug();
    await run(['a', 'b']);
    await expect(supervisor.command('a', 'ask', {})).resolves.toEqual({ status: 'done', result: { answer: 'GOOD' } });
    await expect(supervisor.command('b', 'ask', {})).resolves.toEqual({ status: 'refused', why: 'not-ready' });
    await expect(supervisor.command('c', 'ask', {})).resolves.toEqual({ status: 'refused', why: 'unknown-device' });
  });
});

test('a held device waits at its wire, also after it came back', async () => {
  const port = put('a', 'GOOD');
  await run(['a']);
  supervisor.hold('a');
  port.device.send(bytes('ONE'));
  expect(log).not.toContain('a ONE');
  supervisor.release('a');
  expect(log).toContain('a ONE');

  supervisor.hold('a');
  port.device.unplug();
  await settled();
  put('a', 'GOOD');
  await pass(500);
  expect(stateOf('a').state).toBe('ready');
  port.device.send(bytes('TWO'));
  expect(log).not.toContain('a TWO');
  supervisor.release('a');
  expect(log).toContain('a TWO');
});

describe('stop', () => {
  test('closes everything and says nothing more', async () => {
    const port = put('a', 'GOOD');
    put('b', undefined);
    put('c', 'GOOD').device.unplug();
    await run(['a', 'b', 'c']);
    await pass(300);
    log = [];
    await supervisor.stop();
    port.device.send(bytes('LATE'));
    await pass(30_000);
    expect(log).toEqual([]);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('is over within two seconds, whatever hangs', async () => {
    put('b', 'GOOD');
    await run(['a', 'b'], async (at, line, events) => {
      if (at.target === 'a') return new Promise(() => {});
      return { ...(await byPort(at, line, events)), close: () => new Promise(() => {}) };
    });
    let isOver = false;
    const stopped = supervisor.stop().then(() => {
      isOver = true;
    });
    await pass(2_000);
    expect(isOver).toBe(true);
    await stopped;
  });
});

describe('another configuration', () => {
  test('touches only what changed: the others keep their connection, and what is sent meanwhile', async () => {
    for (const id of ['stays', 'changes', 'goes', 'comes']) put(id, 'GOOD');
    const opened: string[] = [];
    await run(['stays', 'changes', 'goes'], (at, ...rest) => {
      opened.push(at.target);
      return byPort(at, ...rest);
    });
    log = [];
    supervisor.detach();
    ports.get('stays')!.device.send(bytes('MEANWHILE'));
    const configured = supervisor.configure([
      configOf('comes'),
      { ...configOf('changes'), line: { ...line, baudRate: 115_200 } },
      configOf('stays'),
    ]);
    await settled();
    await configured;
    await settled();
    expect(log).toEqual([]);
    const heard: string[] = [];
    supervisor.attach({
      reading: (id, reading) => heard.push(`${id} ${'text' in reading ? reading.text : ''}`),
      repeat() {},
      state: (id, { state }) => heard.push(`${id} is ${state}`),
      fault() {},
    });
    await settled();
    expect(heard.filter((said) => said.startsWith('stays'))).toEqual(['stays MEANWHILE']);
    expect(heard).toEqual(expect.arrayContaining(['changes is ready', 'comes is ready']));
    expect(supervisor.states().map(({ id, state }) => `${id} ${state}`)).toEqual([
      'comes ready',
      'changes ready',
      'stays ready',
    ]);
    expect(opened.toSorted()).toEqual(['changes', 'changes', 'comes', 'goes', 'stays']);
    ports.get('goes')!.device.send(bytes('LATE'));
    expect(log).toEqual([]);
  });

  test('two devices exchange their sockets', async () => {
    put('a', 'GOOD');
    put('b', 'GOOD');
    await run(['a', 'b']);
    const configured = supervisor.configure([
      { ...configOf('a'), at: configOf('b').at },
      { ...configOf('b'), at: configOf('a').at },
    ]);
    await settled();
    await configured;
    await settled();
    ports.get('b')!.device.send(bytes('ONE'));
    expect(log.at(-1)).toBe('a ONE');
  });

  test('with a driver that is not there changes nothing', async () => {
    put('a', 'GOOD');
    await run(['a']);
    await expect(supervisor.configure([{ ...configOf('a'), driver: 'none' }])).rejects.toThrow(
      'there is no driver none',
    );
    ports.get('a')!.device.send(bytes('ONE'));
    expect(log.at(-1)).toBe('a ONE');
  });
});

test('a driver that is not there is said at once', () => {
  expect(() =>
    supervise({
      ...{ devices: [configOf('a')], drivers: new Map(), openLink: byPort, isPresent: async () => undefined, clock },
      random: Math.random,
      events: { reading() {}, repeat() {}, state() {}, fault() {} },
    }),
  ).toThrow('device a: there is no driver asked');
});
