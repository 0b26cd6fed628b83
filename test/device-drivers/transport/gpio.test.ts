/** The lines of a GPIO link over a line that is played here, on a manual clock. The kernel's side has its own tests. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinkOpenError } from '../../../device-drivers/link.ts';
import { openGpio } from '../../../device-drivers/transport/gpio.ts';
import type { Bias, InputEvents, Level } from '../../../device-drivers/transport/gpio-line.ts';
import { manualClock } from '../../support/manual-clock.ts';

async function openPlayed({ refuse, setFails = false }: { refuse?: LinkOpenError; setFails?: boolean } = {}) {
  const clock = manualClock();
  const played = {
    asked: '',
    bias: undefined as Bias | undefined,
    input: undefined as InputEvents | undefined,
    lost: (_reason: string) => {},
    levels: [] as Level[],
    closes: 0,
  };
  let heard = '';
  const closed: string[] = [];
  const link = await openGpio(
    'pinctrl-bcm2711/17',
    { data: (chunk) => (heard += Buffer.from(chunk).toString()), closed: (reason) => void closed.push(reason) },
    {
      clock,
      async find(chip, line) {
        played.asked = `${chip} ${line}`;
        return {
          async input(bias, events) {
            if (refuse) throw refuse;
            Object.assign(played, { bias, input: events });
            events.level(1);
            return {
              async close() {
                played.closes += 1;
              },
            };
          },
          async output(safe, lost) {
            if (refuse) throw refuse;
            played.lost = lost;
            played.levels.push(safe);
            return {
              async set(level) {
                if (setFails) throw new Error('no such device');
                if (level !== played.levels.at(-1)) played.levels.push(level);
              },
              async close() {
                played.closes += 1;
                if (played.levels.at(-1) !== safe) played.levels.push(safe);
              },
            };
          },
        };
      },
    },
  );
  /** Lets everything run that needs no clock. */
  const breathe = () => new Promise((resolve) => setImmediate(resolve));
  return {
    played,
    link,
    clock,
    closed,
    breathe,
    heard: () => heard,
    async ask(text: string) {
      await link.write(Buffer.from(text), 1_000);
      await breathe();
      return heard;
    },
    /** Millisecond by millisecond: each step of a pattern sets its clock only when its level is set. */
    async pass(ms: number) {
      for (let at = 0; at < ms; at += 10) {
        clock.advance(10);
        await breathe();
      }
    },
  };
}

describe('an input', () => {
  test('tells its level at once and then only changes', async () => {
    const gpio = await openPlayed();
    expect(gpio.played.asked).toBe('pinctrl-bcm2711 17');
    expect(await gpio.ask('in pull-up\n')).toBe('level 1\n');
    expect(gpio.played.bias).toBe('pull-up');
    for (const level of [1, 0, 0, 1, 1] as const) gpio.played.input!.level(level);
    expect(gpio.heard()).toBe('level 1\nlevel 0\nlevel 1\n');
  });

  test('lost, the link ends once', async () => {
    const gpio = await openPlayed();
    await gpio.ask('in as-is\n');
    gpio.played.input!.lost('line 17 cannot be read (ENODEV)');
    gpio.played.input!.lost('again');
    await gpio.link.close();
    expect(gpio.closed).toEqual(['line 17 cannot be read (ENODEV)']);
    expect(gpio.played.closes).toBe(1);
    gpio.played.input!.level(0);
    expect(gpio.heard()).toBe('level 1\n');
    await expect(gpio.link.write(Buffer.from('in as-is\n'), 1_000)).rejects.toThrow('closed');
  });

  test('paused, it keeps the newest levels', async () => {
    const gpio = await openPlayed();
    await gpio.ask('in as-is\n');
    gpio.link.pause();
    for (let edge = 0; edge < 1_001; edge++) gpio.played.input!.level(edge % 2 === 0 ? 0 : 1);
    expect(gpio.heard()).toBe('level 1\n');
    gpio.link.resume();
    expect(gpio.heard().split('\n')).toHaveLength(1 + 64 + 1);
    expect(gpio.heard().endsWith('level 1\nlevel 0\n')).toBe(true);
  });

  test('of an output nothing can be read, of an input nothing set', async () => {
    const gpio = await openPlayed();
    expect(await gpio.ask('in as-is\nset 1\nout 0 0\nin as-is\n')).toBe(`level 1\n${'refused failed\n'.repeat(3)}`);
  });
});

describe('an output', () => {
  test('begins at its safe level and ends there', async () => {
    const gpio = await openPlayed();
    expect(await gpio.ask('out 1 0\nset 0\n')).toBe('ok\nok\n');
    await gpio.link.close();
    await gpio.link.close();
    expect(gpio.played.levels).toEqual([1, 0, 1]);
    expect(gpio.closed).toEqual(['closed by us']);
  });

  test('closed in mid-pattern it goes back, and no timer is left', async () => {
    const gpio = await openPlayed();
    await gpio.ask('out 0 0\npattern forever 500 500\n');
    await gpio.pass(1_200);
    await gpio.link.close();
    expect(gpio.played.levels).toEqual([0, 1, 0, 1, 0]);
    expect(gpio.clock.nextDueMs()).toBeUndefined();
  });

  test('a pattern ends at the safe level', async () => {
    const gpio = await openPlayed();
    await gpio.ask('out 0 0\npattern once 100 100 100 100\n');
    await gpio.pass(2_000);
    expect(gpio.played.levels).toEqual([0, 1, 0, 1, 0]);
    expect(gpio.clock.nextDueMs()).toBeUndefined();
  });

  test('a second pattern replaces the first', async () => {
    const gpio = await openPlayed();
    await gpio.ask('out 0 0\npattern forever 100 100\npattern once 200\npattern once 200\n');
    await gpio.pass(2_000);
    expect(gpio.played.levels).toEqual([0, 1, 0]);
  });

  test('the limit lets go, once, whatever is asked meanwhile', async () => {
    const gpio = await openPlayed();
    await gpio.ask('out 0 3000\nset 1\n');
    await gpio.pass(2_000);
    await gpio.ask('set 1\n');
    await gpio.pass(990);
    expect(gpio.played.levels).toEqual([0, 1]);
    await gpio.pass(10);
    expect(gpio.played.levels).toEqual([0, 1, 0]);
    expect(gpio.heard()).toBe('ok\nok\nok\nlimit\n');
    await gpio.ask('set 1\nset 0\n');
    await gpio.pass(10_000);
    expect(gpio.heard()).toBe('ok\nok\nok\nlimit\nok\nok\n');
  });

  test('the limit ends a pattern too', async () => {
    const gpio = await openPlayed();
    await gpio.ask('out 0 3000\npattern once 5000 10 5000\n');
    await gpio.pass(20_000);
    expect(gpio.played.levels).toEqual([0, 1, 0]);
  });

  test('a line that cannot be set any more ends the link', async () => {
    const gpio = await openPlayed({ setFails: true });
    await gpio.ask('out 0 0\nset 1\n');
    await gpio.breathe();
    expect(gpio.closed).toEqual(['no such device']);
  });
});

test.each(['missing', 'denied', 'busy', 'failed'] as const)(
  'a line that is %s is refused, and the link lives',
  async (why) => {
    const gpio = await openPlayed({ refuse: new LinkOpenError(why, 'for a reason') });
    expect(await gpio.ask('in as-is\nout 0 0\n')).toBe(`refused ${why}\n`.repeat(2));
    expect(gpio.closed).toEqual([]);
  },
);

test('a megabyte of garbage is refused line by line and holds nothing', async () => {
  const gpio = await openPlayed();
  await gpio.ask('out 0 0\n');
  await gpio.link.write(Buffer.alloc(1_000_000, 'x'), 1_000);
  await gpio.ask('\n');
  expect(await gpio.ask('set 1\n')).toBe('ok\nrefused failed\nok\n');
});

test('requests in any pieces; whatever they are, the line ends at its safe level', async () => {
  const request = fc.constantFrom(
    'set 1',
    'set 0',
    'pattern once 20 20',
    'pattern forever 30',
    'nonsense',
    'out 1 0',
    'in as-is',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 12 }), fc.integer({ min: 1, max: 20 }), async (requests, size) => {
      const gpio = await openPlayed();
      const text = ['out 0 100', ...requests, ''].join('\n');
      for (let at = 0; at < text.length; at += size)
        await gpio.link.write(Buffer.from(text.slice(at, at + size)), 1_000);
      await gpio.pass(50);
      const answers = gpio
        .heard()
        .split('\n')
        .filter((answer) => answer !== '' && answer !== 'limit');
      expect(answers).toHaveLength(requests.length + 1);
      await gpio.link.close();
      expect(gpio.played.levels.at(-1)).toBe(0);
      expect(gpio.clock.nextDueMs()).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});
