/** A contact on a GPIO line, and the line's holder: a contact that bounces, a wire that can be cut. Lines as in `wire/gpio-lines.ts`. */
import { z } from 'zod';
import { type Line, lines } from '../../device-drivers/wire/lines.ts';
import { defineAction, defineSimulator } from '../device.ts';

const level = z.union([z.literal(0), z.literal(1)]);
const options = z.strictObject({
  level: level.default(1).describe('Of the line while nobody touches the contact'),
  bounces: z.int().min(0).max(50).default(3).describe('Extra edges of each change'),
  bounceMs: z.int().min(1).max(50).default(2).describe('Between two edges of a bounce'),
  refuse: z.enum(['missing', 'denied', 'busy', 'failed']).optional().describe('The line cannot be had'),
});

export const digitalInput = defineSimulator<z.infer<typeof options>>({
  name: 'digital-input',
  describe: 'Contact on a GPIO line',
  wires: ['pty', 'sim'],
  baudRate: 9600,
  options,
  create({ level: first, bounces, bounceMs, refuse }, { clock, send }) {
    let contact: 0 | 1 = first;
    let isCut = false;
    let pull: 0 | 1 | undefined;
    let isInput = false;
    let framing = lines({ lineEnd: 'LF', lineBytesMax: 200, idleEndMs: 0 });
    const bouncing = new Set<() => void>();
    let cancelLetGo = () => {};

    const levelNow = () => (isCut ? (pull ?? 0) : contact);
    const say = (text: string) => send(Buffer.from(`${text}\n`));
    const tell = (value: 0 | 1) => {
      if (isInput) say(`level ${value}`);
    };
    const stopBouncing = () => {
      for (const cancel of bouncing) cancel();
      bouncing.clear();
    };
    const change = (to: 0 | 1) => {
      if (contact === to) return;
      contact = to;
      stopBouncing();
      const edges = Array.from({ length: bounces * 2 + 1 }, (_, index) => (index % 2 === 0 ? to : ((1 - to) as 0 | 1)));
      for (const [index, edge] of edges.entries())
        bouncing.add(clock.after(index * bounceMs, () => !isCut && tell(edge)));
    };
    const handle = (line: Line) => {
      const [, bias] = /^in (as-is|pull-up|pull-down)$/.exec(Buffer.from(line.bytes).toString('latin1')) ?? [];
      if (bias === undefined || refuse) {
        say(`refused ${refuse ?? 'failed'}`);
        return;
      }
      pull = bias === 'pull-up' ? 1 : bias === 'pull-down' ? 0 : undefined;
      isInput = true;
      tell(levelNow());
    };

    return {
      receive(chunk) {
        for (const item of framing.push(chunk)) if ('frame' in item) handle(item.frame);
      },
      actions: new Map([
        [
          'set',
          defineAction({
            describe: 'Move the contact: 1 is a high line; it bounces',
            args: z.strictObject({ level }),
            run({ level: to }) {
              cancelLetGo();
              change(to);
            },
          }),
        ],
        [
          'press',
          defineAction({
            describe: 'Press and let go',
            args: z.strictObject({ ms: z.int().min(1).max(60_000).default(200) }),
            run({ ms }) {
              cancelLetGo();
              change(first === 1 ? 0 : 1);
              // The finger lets go whether or not the cable is plugged in.
              cancelLetGo = clock.after(ms, () => change(first));
            },
          }),
        ],
        [
          'cut-wire',
          defineAction({
            describe: 'Cut the wire: the line goes where it is pulled',
            args: z.strictObject({}),
            run() {
              isCut = true;
              tell(levelNow());
            },
          }),
        ],
      ]),
      state: () => ({ level: levelNow(), isCut, bias: pull ?? null }),
      power(on) {
        if (on) return;
        stopBouncing();
        isInput = false;
        framing = lines({ lineEnd: 'LF', lineBytesMax: 200, idleEndMs: 0 });
      },
      stop() {
        stopBouncing();
        cancelLetGo();
      },
    };
  },
});
