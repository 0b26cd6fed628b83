/** A lamp, buzzer or lock on a GPIO line, and the line's holder: patterns, the limit, the safe level. Lines as in `wire/gpio-lines.ts`. */
import { z } from 'zod';
import { type Line, lines } from '../../device-drivers/wire/lines.ts';
import { defineAction, defineSimulator } from '../device.ts';

const refusal = z.enum(['missing', 'denied', 'busy', 'failed']);
const options = z.strictObject({
  refuse: refusal.optional().describe('The line cannot be had'),
});
const levelsKept = 100;

export const indicator = defineSimulator<z.infer<typeof options>>({
  name: 'indicator',
  describe: 'Lamp, buzzer or lock on a GPIO line',
  wires: ['pty', 'sim'],
  baudRate: 9600,
  options,
  create({ refuse }, { clock, send }) {
    let refusing = refuse;
    let safe: 0 | 1 | undefined;
    let limitMs = 0;
    let level: 0 | 1 | null = null;
    /** Every level the line had, newest last. */
    let levels: (0 | 1)[] = [];
    let framing = lines({ lineEnd: 'LF', lineBytesMax: 200, idleEndMs: 0 });
    let cancelPattern = () => {};
    let cancelLimit = () => {};

    const say = (text: string) => send(Buffer.from(`${text}\n`));
    const put = (to: 0 | 1) => {
      if (to === level) return;
      level = to;
      levels = [...levels, to].slice(-levelsKept);
      cancelLimit();
      if (limitMs === 0 || to === safe) return;
      cancelLimit = clock.after(limitMs, () => {
        rest();
        say('limit');
      });
    };
    const rest = () => {
      cancelPattern();
      cancelLimit();
      if (safe !== undefined) put(safe);
    };
    const play = (stepsMs: readonly number[], forever: boolean) => {
      const step = (at: number) => {
        put((at % 2 === 0 ? 1 - safe! : safe!) as 0 | 1);
        cancelPattern = clock.after(stepsMs[at]!, () => {
          if (at + 1 < stepsMs.length) step(at + 1);
          else if (forever) step(0);
          else rest();
        });
      };
      step(0);
    };
    const handle = ({ bytes }: Line): boolean => {
      const [word, first = '', ...more] = Buffer.from(bytes).toString('latin1').split(' ');
      if (word === 'out' && /^[01]$/.test(first)) {
        safe = Number(first) as 0 | 1;
        limitMs = Number(more[0] ?? 0);
        rest();
        return true;
      }
      if (safe === undefined) return false;
      cancelPattern();
      if (word === 'set' && /^[01]$/.test(first)) put(Number(first) as 0 | 1);
      else if (word === 'pattern' && /^(once|forever)$/.test(first)) play(more.map(Number), first === 'forever');
      else return false;
      return true;
    };

    return {
      receive(chunk) {
        for (const item of framing.push(chunk)) {
          if (!('frame' in item)) continue;
          say(refusing === undefined && handle(item.frame) ? 'ok' : `refused ${refusing ?? 'failed'}`);
        }
      },
      actions: new Map([
        [
          'take-line',
          defineAction({
            describe: 'Another program takes the line: everything is refused from now on',
            args: z.strictObject({ why: refusal.default('busy') }),
            run({ why }) {
              refusing = why;
            },
          }),
        ],
      ]),
      state: () => ({ level, safe: safe ?? null, isOn: level !== null && level !== safe, levels: [...levels] }),
      power(on) {
        if (on) return;
        rest();
        safe = undefined;
        framing = lines({ lineEnd: 'LF', lineBytesMax: 200, idleEndMs: 0 });
      },
      stop() {
        cancelPattern();
        cancelLimit();
      },
    };
  },
});
