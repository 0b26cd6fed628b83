/** One driver over one link: a memory port, a manual clock, and drivers made for the test. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { newTally, type Tally } from '../../device-drivers/counters.ts';
import {
  type CommandResult,
  type Conversation,
  type Driver,
  type DriverSession,
  defineDriver,
  emit,
  flush,
  pause,
  receive,
  send,
} from '../../device-drivers/driver.ts';
import type { Framed, Framing } from '../../device-drivers/framing.ts';
import { LinkLost, LinkOpenError } from '../../device-drivers/link.ts';
import { openSession, type Session, type SessionEvents } from '../../device-drivers/session.ts';
import { createMemoryPort, type MemoryPort } from '../../device-drivers/transport/memory.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Frames end with `;`. Upper case is a frame, anything else noise. */
function testFraming(idleMs?: number): Framing<string> {
  let held = '';
  return {
    push(chunk) {
      held += new TextDecoder('latin1').decode(chunk);
      const parts = held.split(';');
      held = parts.pop()!;
      return parts.map(
        (part): Framed<string> =>
          /^[A-Z0-9]*$/.test(part) ? { frame: part } : { discarded: part.length + 1, why: 'noise' },
      );
    },
    get heldBytes() {
      return held.length;
    },
    ...(idleMs !== undefined && { idle: { afterMs: idleMs } }),
    flush() {
      const frame = held;
      held = '';
      return frame === '' ? [] : [{ frame }];
    },
  };
}

const driverOf = (session: (now: () => number) => Partial<DriverSession<string>>): Driver =>
  defineDriver<object, string>({
    name: 'test',
    kind: 'scanner',
    describe: 'made for a test',
    transports: ['sim'],
    options: z.strictObject({}),
    faults: [],
    session: (_options, { monotonicMs }) => ({ framing: testFraming(), ...session(monotonicMs) }),
  });

const scanner = (more: Partial<DriverSession<string>> = {}) =>
  driverOf(() => ({ onFrame: (text) => [{ reading: { type: 'scan', text } }], ...more }));

let clock: ManualClock;
let port: MemoryPort;
let log: string[];
let tally: Tally;

beforeEach(() => {
  clock = manualClock();
  port = createMemoryPort(clock);
  log = [];
  tally = newTally();
});

/** All microtasks that are due; nothing here waits for anything else. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function start(driver: Driver, open = port.open, more: Partial<SessionEvents> = {}): Promise<Session> {
  const events: SessionEvents = {
    opened: () => log.push('opened'),
    ready: (identity) => log.push(`ready ${JSON.stringify(identity)}`),
    reading: (reading) => log.push('text' in reading ? reading.text : reading.type),
    repeat: (what) => log.push(`repeat ${what}`),
    fault: ({ code, detail }) => log.push(`fault ${code} ${detail}`),
    condition: (fault) => log.push(`condition ${fault?.code ?? null}`),
    ended: (fault) => log.push(`ended ${fault?.code ?? null}`),
    ...more,
  };
  const session = openSession({ driver, options: {}, open, clock, events, tally });
  await settled();
  return session;
}

describe('opening and identifying', () => {
  test('an open link is enough for a driver that cannot identify', async () => {
    await start(scanner());
    expect(log).toEqual(['opened', 'ready {}']);
  });

  test.each([
    ['missing', 'port-missing'],
    ['denied', 'port-denied'],
    ['busy', 'port-busy'],
    ['shared', 'keyboard-shared'],
    ['failed', 'port-failed'],
    ['unsupported', 'transport-unsupported'],
  ] as const)('a link that is %s ends the session with %s', async (why, code) => {
    await start(scanner(), () => Promise.reject(new LinkOpenError(why, 'told by the test')));
    expect(log).toEqual([`ended ${code}`]);
    expect(tally.faults.get(code)).toBe(1);
  });

  test('an open that hangs ends after its limit, and the late link is closed', async () => {
    let openLate = (_: unknown) => {};
    const gate = new Promise((resolve) => {
      openLate = resolve;
    });
    await start(scanner(), async (events) => {
      await gate;
      return port.open(events);
    });
    clock.advance(20_000);
    expect(log).toEqual(['ended port-failed']);
    openLate(undefined);
    await settled();
    await expect(port.open({ data() {}, closed() {} })).resolves.toBeDefined();
  });

  test('nothing is ready before it has identified itself; scans made meanwhile come after', async () => {
    port.device.onData(() => port.device.send(bytes('HELLO;SCAN1;')));
    await start(
      scanner({
        *identify() {
          yield* send(bytes('?'));
          const model = yield* receive<string>(100);
          yield* pause(50);
          return { identity: { model: String(model) } };
        },
      }),
    );
    expect(log).toEqual(['opened']);
    clock.advance(50);
    expect(log).toEqual(['opened', 'ready {"model":"HELLO"}', 'SCAN1']);
  });

  test('another device than expected ends the session', async () => {
    await start(
      scanner({
        *identify() {
          yield* send(bytes('?'));
          return (yield* receive(100)) ? { identity: {} } : { fault: { code: 'no-reply' } };
        },
      }),
    );
    clock.advance(100);
    await settled();
    expect(log).toEqual(['opened', 'ended no-reply']);
  });
});

describe('frames that come by themselves', () => {
  test('are read in the order of the wire, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[A-Z]{1,8}$/), { maxLength: 20 }),
        fc.array(fc.nat(40), { maxLength: 30 }),
        async (texts, cuts) => {
          log = [];
          const session = await start(scanner());
          const wire = bytes(texts.map((text) => `${text};`).join(''));
          const at = [0, ...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
          for (const [i, from] of at.slice(0, -1).entries()) port.device.send(wire.subarray(from, at[i + 1]));
          expect(log.slice(2)).toEqual(texts);
          await session.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  test('carry the time of their arrival', async () => {
    const at: unknown[] = [];
    await start(scanner(), port.open, { reading: (_, arrivedAt) => at.push(arrivedAt) });
    clock.advance(1234);
    port.device.send(bytes('A;B;'));
    const expected = { wallMs: clock.wallMs(), monoMs: 1234 };
    expect(at).toEqual([expected, expected]);
  });

  test('repeats are counted and told, faults counted by code', async () => {
    await start(
      driverOf(() => ({
        onFrame: (text) => (text === 'R' ? [{ repeat: 'scan' }] : [{ fault: { code: 'no-reply', detail: 'x' } }]),
      })),
    );
    port.device.send(bytes('R;F;F;'));
    expect(log.slice(2)).toEqual(['repeat scan', 'fault no-reply x', 'fault no-reply x']);
    expect(tally).toMatchObject({ bytes: 6, frames: 3, repeats: 1, readings: 0 });
    expect(tally.faults.get('no-reply')).toBe(2);
  });

  test('a driver without onFrame keeps the newest of them for the next receive, a bounded number', async () => {
    const got: (string | undefined)[] = [];
    const session = await start(
      driverOf(() => ({
        commands: {
          *read(): Conversation<string, { ok: true }> {
            for (let frame = yield* receive<string>(1); frame !== undefined; frame = yield* receive<string>(1)) {
              got.push(frame);
            }
            return { ok: true };
          },
        },
      })),
    );
    port.device.send(bytes(Array.from({ length: 70 }, (_, i) => `${i};`).join('')));
    const outcome = session.command('read', {});
    clock.advance(1);
    await expect(outcome).resolves.toEqual({ status: 'done', result: { ok: true } });
    expect(got).toEqual(Array.from({ length: 64 }, (_, i) => String(i + 6)));
    expect(tally.framesDropped).toBe(6);
  });
});

describe('silence ends a frame', () => {
  test('after the time the framing asks for, counted from the last byte', async () => {
    await start(scanner({ framing: testFraming(30) }));
    port.device.send(bytes('AB'));
    clock.advance(29);
    port.device.send(bytes('C'));
    clock.advance(29);
    expect(log.slice(2)).toEqual([]);
    clock.advance(1);
    expect(log.slice(2)).toEqual(['ABC']);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('not while reading is paused: what follows may wait in the kernel', async () => {
    const session = await start(scanner({ framing: testFraming(30) }));
    port.device.send(bytes('AB'));
    session.pauseReading();
    port.device.send(bytes('C;'));
    clock.advance(1000);
    expect(log.slice(2)).toEqual([]);
    session.resumeReading();
    expect(log.slice(2)).toEqual(['ABC']);
  });

  test('a process that stood still looks once more before it believes in silence', async () => {
    let skipMs = 0;
    const late = { ...clock, monotonicMs: () => clock.monotonicMs() + skipMs };
    const events = { opened() {}, ready() {}, repeat() {}, fault() {}, condition() {}, ended() {} };
    openSession({
      ...{ driver: scanner({ framing: testFraming(30) }), options: {}, open: port.open, clock: late },
      events: { ...events, reading: (reading) => log.push('text' in reading ? reading.text : '') },
    });
    await settled();
    port.device.send(bytes('AB'));
    skipMs = 500;
    clock.advance(30);
    port.device.send(bytes('C'));
    clock.advance(29);
    expect(log).toEqual([]);
    clock.advance(6);
    expect(log).toEqual(['ABC']);
  });
});

describe('the cycle', () => {
  const probe = (everyMs: number, run: () => Conversation<string, undefined | { code: 'no-reply' }>) =>
    driverOf(() => ({ cycle: { everyMs, run } }));

  test('begins at once and runs from start to start, never twice at once', async () => {
    const starts: number[] = [];
    const lengths = [10, 250, 10, 10];
    await start(
      probe(100, function* () {
        starts.push(clock.monotonicMs());
        yield* pause(lengths[starts.length - 1] ?? 10);
        return undefined;
      }),
    );
    clock.advance(600);
    expect(starts).toEqual([0, 100, 350, 450, 550]);
  });

  test('a fault as its result ends the connection', async () => {
    await start(
      probe(100, function* () {
        yield* send(bytes('?'));
        return (yield* receive(50)) ? undefined : { code: 'no-reply' };
      }),
    );
    clock.advance(50);
    await settled();
    expect(log.at(-1)).toBe('ended no-reply');
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('a late reply is flushed before the next request', async () => {
    await start(
      probe(100, function* () {
        yield* flush();
        yield* send(bytes('?'));
        const reply = yield* receive<string>(50);
        yield* emit({ reading: { type: 'scan', text: reply ?? 'none' } });
        return undefined;
      }),
    );
    await settled();
    clock.advance(60);
    port.device.send(bytes('LATE;'));
    clock.advance(40);
    await settled();
    port.device.send(bytes('NOW;'));
    expect(log.slice(2)).toEqual(['none', 'NOW']);
    expect(tally.framesDropped).toBe(1);
  });

  test('rests while the device is held, commands do not', async () => {
    let cycles = 0;
    const session = await start(
      driverOf(() => ({
        cycle: {
          everyMs: 100,
          *run() {
            cycles += 1;
            yield* pause(1);
            return undefined;
          },
        },
        commands: {
          *ask(): Conversation<string, { reply?: string }> {
            yield* send(bytes('?'));
            return { reply: yield* receive<string>(50) };
          },
        },
      })),
    );
    port.device.onData(() => port.device.send(bytes('YES;')));
    session.pauseReading();
    clock.advance(1000);
    expect(cycles).toBe(1);
    await expect(session.command('ask', {})).resolves.toEqual({ status: 'done', result: { reply: 'YES' } });
    session.resumeReading();
    expect(cycles).toBe(2);
  });
});

describe('commands', () => {
  const printer = () =>
    driverOf(() => ({
      commands: {
        *print({ jobId }: { jobId: string }): Conversation<string, { outcome: string }> {
          try {
            yield* send(bytes(jobId));
            const reply = yield* receive<string>(1000);
            return { outcome: reply ?? 'unknown' };
          } catch (error) {
            if (error instanceof LinkLost) return { outcome: 'unknown' };
            throw error;
          }
        },
        *careless(): Conversation<string, { ok: true }> {
          yield* pause(1000);
          return { ok: true };
        },
      },
    }));

  test('one at a time, in order, a few may wait', async () => {
    const session = await start(printer());
    const sent: string[] = [];
    port.device.onData((chunk) => sent.push(new TextDecoder().decode(chunk)));
    const outcomes = Array.from({ length: 10 }, (_, i) => session.command('print', { jobId: `J${i}` }));
    await settled();
    expect(sent).toEqual(['J0']);
    await expect(outcomes[9]).resolves.toEqual({ status: 'refused', why: 'too-many' });
    port.device.send(bytes('FIRST;'));
    await expect(outcomes[0]).resolves.toEqual({ status: 'done', result: { outcome: 'FIRST' } });
    expect(sent).toEqual(['J0', 'J1']);
  });

  test('are refused before the device is ready, after it is gone, and when there is no such command', async () => {
    const session = await start(printer(), () => Promise.reject(new LinkOpenError('missing', '')));
    await expect(session.command('print', {})).resolves.toEqual({ status: 'refused', why: 'not-ready' });
    const other = await start(printer());
    await expect(other.command('constructor', {})).resolves.toEqual({ status: 'refused', why: 'unknown-command' });
  });

  test('a lost link goes to the running one, which answers; those that wait are refused; nothing reaches the next link', async () => {
    const session = await start(printer());
    const sent: string[] = [];
    port.device.onData((chunk) => sent.push(new TextDecoder().decode(chunk)));
    const outcomes = ['A', 'B', 'C'].map((jobId) => session.command('print', { jobId }));
    await settled();
    port.device.unplug();
    expect(await Promise.all(outcomes)).toEqual([
      { status: 'done', result: { outcome: 'unknown' } },
      { status: 'refused', why: 'link-lost' },
      { status: 'refused', why: 'link-lost' },
    ]);
    port.device.plug();
    await start(printer());
    expect(sent).toEqual(['A']);
    expect(log).toEqual(['opened', 'ready {}', 'ended link-lost', 'opened', 'ready {}']);
  });

  test('one that does not look at the loss is reported as interrupted', async () => {
    const session = await start(printer());
    const outcome = session.command('careless', {});
    port.device.unplug('pulled');
    const fault = { code: 'link-lost', detail: 'pulled' };
    await expect(outcome).resolves.toEqual({ status: 'interrupted', fault });
  });

  test('a device that takes no bytes loses its link at the deadline of the write', async () => {
    const session = await start(printer());
    port.device.stall(true);
    const outcome = session.command('print', { jobId: 'J' });
    clock.advance(5_000);
    await expect(outcome).resolves.toEqual({ status: 'done', result: { outcome: 'unknown' } });
    await settled();
    expect(log.at(-1)).toBe('ended link-lost');
  });

  test('a reply that is faster than the report of the write is not taken for a scan; a scan in a pause is one', async () => {
    const session = await start(
      scanner({
        commands: {
          *ask(): Conversation<string, { reply?: string }> {
            yield* pause(10);
            yield* send(bytes('?'));
            return { reply: yield* receive<string>(50) };
          },
        },
      }),
    );
    port.device.onData(() => port.device.send(bytes('REPLY;')));
    const outcome = session.command('ask', {});
    port.device.send(bytes('SCAN;'));
    clock.advance(10);
    await expect(outcome).resolves.toEqual({ status: 'done', result: { reply: 'REPLY' } });
    expect(log.slice(2)).toEqual(['SCAN']);
  });

  test('one whose link ends before its first step answers all the same', async () => {
    const session = await start(
      scanner({
        onFrame() {
          throw new Error('a bug');
        },
        commands: {
          *ask(): Conversation<string, CommandResult> {
            yield* send(bytes('?'));
            return {};
          },
        },
      }),
    );
    session.pauseReading();
    // Waits at the wire, and comes when the command takes the pause away.
    port.device.send(bytes('SCAN;'));
    await expect(session.command('ask', {})).resolves.toMatchObject({ status: 'interrupted' });
    expect(log.at(-1)).toBe('ended driver-bug');
  });

  test('cycle and commands take turns: neither starves the other', async () => {
    const order: string[] = [];
    const session = await start(
      driverOf(() => ({
        cycle: {
          everyMs: 10,
          *run() {
            order.push('cycle');
            yield* pause(30);
            return undefined;
          },
        },
        commands: {
          *work(): Conversation<string, CommandResult> {
            order.push('command');
            yield* pause(30);
            return {};
          },
        },
      })),
    );
    for (let i = 0; i < 3; i += 1) void session.command('work', {});
    clock.advance(200);
    expect(order).toEqual(['cycle', 'command', 'cycle', 'command', 'cycle', 'command', 'cycle']);
  });
});

describe('conditions', () => {
  const box = () =>
    driverOf(() => ({
      onFrame: (text) =>
        text === 'OUT' ? [{ condition: { code: 'no-reply' } }] : text === 'OK' ? [{ condition: null }] : [],
    }));

  test('are told when they change', async () => {
    await start(box());
    port.device.send(bytes('OUT;OUT;X;OK;OK;'));
    expect(log.slice(2)).toEqual(['condition no-reply', 'condition null']);
    expect(tally.faults.get('no-reply')).toBe(1);
  });

  test('a megabyte of garbage makes the line noisy and loses no frame after it', async () => {
    await start(scanner());
    const garbage = bytes('~#!'.repeat(1000).concat(';'));
    for (let i = 0; i < 350; i += 1) port.device.send(garbage);
    expect(log.slice(2)).toEqual(['condition noisy-line']);
    for (let i = 0; i < 13; i += 1) port.device.send(bytes('GOOD1;'));
    expect(log.slice(2)).toEqual([
      'condition noisy-line',
      ...Array(11).fill('GOOD1'),
      'condition null',
      ...Array(2).fill('GOOD1'),
    ]);
    expect(tally.discardedBytes.get('noise')).toBe(350 * garbage.length);
  });

  test('one that the driver has stays when the noise is over', async () => {
    await start(box());
    port.device.send(bytes('OUT;'));
    for (let i = 0; i < 10; i += 1) port.device.send(bytes(`${'~'.repeat(99)};`));
    port.device.send(bytes('OK;'));
    expect(log.slice(2)).toEqual(['condition no-reply', 'condition noisy-line']);
  });
});

describe('a driver that is wrong ends its own session, and its words are not repeated', () => {
  const boom = (): never => {
    throw new TypeError('410199199001011234\n    at secret.ts:1:1');
  };
  test.each<[string, Driver]>([
    ['session', driverOf(boom)],
    ['framing', scanner({ framing: { ...testFraming(), push: boom } })],
    ['onFrame', scanner({ onFrame: boom })],
    [
      'identify',
      scanner({
        // biome-ignore lint/correctness/useYield: it never comes to it.
        *identify() {
          return boom();
        },
      }),
    ],
    ['cycle', scanner({ cycle: { everyMs: 1, run: boom } })],
  ])('in %s', async (_, driver) => {
    let told = '';
    await start(driver, port.open, {
      ended: (fault) => {
        told = JSON.stringify(fault);
      },
    });
    port.device.send(bytes('A;'));
    await settled();
    expect(told).toMatch(/"driver-bug","detail":"TypeError at session\.test\.ts:\d+"/);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('one that goes on after its link was lost is told and counted', async () => {
    const session = await start(
      driverOf(() => ({
        commands: {
          *stubborn(): Conversation<string, CommandResult> {
            try {
              yield* pause(1000);
            } catch {
              yield* pause(1000);
            }
            return {};
          },
        },
      })),
    );
    const outcome = session.command('stubborn', {});
    port.device.unplug();
    await expect(outcome).resolves.toMatchObject({ status: 'interrupted', fault: { code: 'driver-bug' } });
    expect(tally.faults.get('driver-bug')).toBe(1);
  });
});

describe('closing', () => {
  test('cancels all timers, tells once, and takes the link with it', async () => {
    const session = await start(
      scanner({
        framing: testFraming(30),
        cycle: {
          everyMs: 100,
          *run() {
            yield* receive(50);
            return undefined;
          },
        },
      }),
    );
    port.device.send(bytes('AB'));
    await Promise.all([session.close(), session.close()]);
    port.device.send(bytes(';'));
    port.device.unplug();
    expect(log).toEqual(['opened', 'ready {}', 'ended null']);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('what was cut in mid-frame is counted, and never glued to the next connection', async () => {
    await start(scanner());
    port.device.send(bytes('HALF'));
    port.device.unplug();
    port.device.plug();
    await settled();
    await start(scanner());
    port.device.send(bytes('WHOLE;'));
    expect(log.at(-1)).toBe('WHOLE');
    expect(tally.discardedBytes.get('incomplete')).toBe(4);
  });

  test('a link that hangs in its close is given up', async () => {
    const session = await start(scanner(), async (events) => ({
      ...(await port.open(events)),
      close: () => new Promise(() => {}),
    }));
    const closed = session.close();
    clock.advance(1_500);
    await closed;
    expect(log.at(-1)).toBe('ended null');
  });

  test('from inside the event that it is open: nothing is asked any more', async () => {
    const heard: string[] = [];
    port.device.onData((chunk) => heard.push(new TextDecoder().decode(chunk)));
    const driver = scanner({
      *identify() {
        yield* receive(100);
        yield* send(bytes('?'));
        return { identity: {} };
      },
    });
    const events = { ready() {}, reading() {}, repeat() {}, fault() {}, condition() {}, ended() {} };
    const session: Session = openSession({
      ...{ driver, options: {}, open: port.open, clock },
      events: { ...events, opened: () => void session.close() },
    });
    await settled();
    expect(clock.nextDueMs()).toBeUndefined();
    expect(heard).toEqual([]);
  });

  test('from inside an event: nothing of the same chunk comes after', async () => {
    const session: Session = await start(scanner(), port.open, {
      reading: (reading) => {
        log.push('text' in reading ? reading.text : '');
        void session.close();
      },
    });
    port.device.send(bytes('A;B;C;'));
    await settled();
    expect(log.slice(2)).toEqual(['A', 'ended null']);
  });
});

test('frames cost neither timers nor promises', async () => {
  await start(scanner());
  const after = clock.after;
  clock.after = (...args) => {
    log.push('a timer');
    return after(...args);
  };
  const chunk = bytes('ABCDEFGH;'.repeat(100));
  for (let i = 0; i < 200; i += 1) port.device.send(chunk);
  expect(tally.readings).toBe(20_000);
  expect(log).not.toContain('a timer');
});
