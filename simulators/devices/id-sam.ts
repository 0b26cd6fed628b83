/**
 * The other end of a Chinese ID-card reader (GA/T 467-2019, SAM_A interface): decodes commands, answers as the module
 * does, one after the other and after the time a module takes. Photo bytes are `i & FF`: no biometric data anywhere.
 */
import { z } from 'zod';
import { samFrame, samFraming, samLenMin } from '../../device-drivers/wire/sam.ts';
import { defineAction, defineSimulator, type SimulatorAction } from '../device.ts';
import { cardText, findPerson, type Person, people } from '../people.ts';

const range = (min: number, max: number) =>
  z
    .tuple([z.number().min(0), z.number().min(0)])
    .default([min, max])
    .describe('Shortest and longest time in milliseconds');

const options = z.strictObject({
  findMs: range(50, 150),
  readMs: range(300, 900),
  otherMs: range(5, 20),
  /** What `find` answers while a card that was read stays: readers differ. */
  staysAs: z.enum(['80', '9F']).default('80'),
  samId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .default('05000100fb02330187d61200b168de3a')
    .describe('What the module says of itself: 16 bytes, hexadecimal'),
});
type Options = z.infer<typeof options>;

const commands: ReadonlyMap<number, string> = new Map([
  [0x10ff, 'reset'],
  [0x11ff, 'status'],
  [0x12ff, 'sam-id'],
  [0x2001, 'find'],
  [0x2002, 'select'],
  [0x3001, 'read'],
]);
const onCommand = z.enum(['any', 'reset', 'status', 'sam-id', 'find', 'select', 'read']);
const times = z.number().int().min(1).max(1_000_000).default(1);
const failure = z.strictObject({
  /** Two hex digits: a code of the SW3 table. */
  sw3: z.string().regex(/^[0-9A-Fa-f]{2}$/),
  on: onCommand.default('any'),
  times,
});
const distortion = z.strictObject({
  how: z.enum(['wrong-check', 'truncated', 'garbage-before', 'extra-aa', 'silence']),
  on: onCommand.default('any'),
  times,
});
const presented = z.strictObject({
  /** An id of `people`, or crowd-N. */
  person: z.string().default(people[0]!.id),
});

const photo = Uint8Array.from({ length: 1024 }, (_, at) => at & 0xff);
const stallMs = 200;

export const idSam = defineSimulator<Options>({
  name: 'id-sam',
  describe: 'Chinese ID-card reader with the SAM protocol',
  wires: ['pty', 'tcp'],
  baudRate: 115_200,
  options,
  create(settings, { clock, random, send }) {
    let powered = true;
    let card: Person | undefined;
    /** What the module has done with the card on its antenna. */
    let phase: 'unseen' | 'found' | 'selected' | 'read' = 'unseen';
    let reads = 0;
    let failing: z.infer<typeof failure> | undefined;
    let distorting: z.infer<typeof distortion> | undefined;
    let framing = samFraming({ lenMin: samLenMin.request, stallMs });
    let cancelStall = () => {};
    const cancelReplies = new Set<() => void>();
    let busyUntilMs = 0;

    const receive = (found: ReturnType<typeof framing.push>) => {
      for (const item of found) {
        if ('frame' in item) obey(item.frame);
        else if (item.why === 'check') later('any', () => status(0x10));
        else if (item.why === 'length' || item.why === 'incomplete') later('any', () => status(0x11));
      }
      cancelStall();
      if (framing.heldBytes > 0) cancelStall = clock.after(stallMs, () => receive(framing.flush()));
    };

    const obey = (request: Uint8Array) => {
      const name = commands.get((request[0]! << 8) | request[1]!);
      if (name === undefined) return later('any', () => status(0x21));
      later(name, () => {
        const failed = takeOne(failing, name);
        if (failed) return status(Number.parseInt(failed.sw3, 16));
        return answer(name);
      });
    };

    /** Commands are obeyed one after the other; the card counts as it lies when the answer is made. */
    const later = (name: string, make: () => Uint8Array) => {
      const [minMs, maxMs] = name === 'find' ? settings.findMs : name === 'read' ? settings.readMs : settings.otherMs;
      const nowMs = clock.monotonicMs();
      busyUntilMs = Math.max(nowMs, busyUntilMs) + minMs + random() * (maxMs - minMs);
      const cancel = clock.after(busyUntilMs - nowMs, () => {
        cancelReplies.delete(cancel);
        const frame = make();
        const distorted = takeOne(distorting, name);
        if (distorted?.how !== 'silence') send(distorted ? spoil(frame, distorted.how) : frame);
      });
      cancelReplies.add(cancel);
    };

    const answer = (name: string): Uint8Array => {
      switch (name) {
        case 'sam-id':
          return reply(0x90, Buffer.from(settings.samId, 'hex'));
        case 'find':
          if (!card || (phase === 'read' && settings.staysAs === '80')) return status(0x80);
          phase = 'found';
          return reply(0x9f, new Uint8Array(4));
        case 'select':
          if (!card || phase !== 'found') return status(0x81);
          phase = 'selected';
          return reply(0x90, new Uint8Array(8));
        case 'read':
          if (!card || (phase !== 'selected' && phase !== 'read')) return status(0x41);
          phase = 'read';
          reads += 1;
          return reply(0x90, Buffer.concat([Uint8Array.of(1, 0, 4, 0), cardText(card), photo]));
        default:
          return status(0x90);
      }
    };

    const powerOff = () => {
      for (const cancel of cancelReplies) cancel();
      cancelReplies.clear();
      cancelStall();
      framing = samFraming({ lenMin: samLenMin.request, stallMs });
      busyUntilMs = 0;
      phase = 'unseen';
    };

    const actions: [string, SimulatorAction][] = [
      [
        'present',
        defineAction<z.infer<typeof presented>>({
          describe: 'Lay a card on the reader',
          args: presented,
          run({ person }) {
            const found = findPerson(person);
            if (!found)
              throw new Error(`there is no such person; known: ${people.map(({ id }) => id).join(', ')}, crowd-N`);
            card = found;
            phase = 'unseen';
          },
        }),
      ],
      [
        'lift',
        defineAction<Record<string, never>>({
          describe: 'Take the card away',
          args: z.strictObject({}),
          run() {
            card = undefined;
            phase = 'unseen';
          },
        }),
      ],
      [
        'fail',
        defineAction<z.infer<typeof failure>>({
          describe: 'Answer the next commands with an error code',
          args: failure,
          run(args) {
            failing = { ...args };
          },
        }),
      ],
      [
        'distort',
        defineAction<z.infer<typeof distortion>>({
          describe: 'Spoil the next answers on the wire, or leave them out',
          args: distortion,
          run(args) {
            distorting = { ...args };
          },
        }),
      ],
    ];
    return {
      receive(chunk) {
        if (powered) receive(framing.push(chunk));
      },
      actions: new Map(actions),
      state: () => ({ powered, card: card?.id ?? null, phase, reads }),
      power(on) {
        if (!on) powerOff();
        powered = on;
      },
      stop: powerOff,
    };
  },
});

/** Uses up one of the planned disturbances when it is meant for this command. */
function takeOne<T extends { on: string; times: number }>(planned: T | undefined, name: string): T | undefined {
  if (!planned || planned.times === 0 || (planned.on !== 'any' && planned.on !== name)) return undefined;
  planned.times -= 1;
  return planned;
}

function reply(sw3: number, data: Uint8Array): Uint8Array {
  return samFrame(Buffer.concat([Uint8Array.of(0, 0, sw3), data]));
}

const status = (sw3: number) => reply(sw3, new Uint8Array(0));

function spoil(frame: Uint8Array, how: string): Uint8Array {
  if (how === 'truncated') return frame.subarray(0, frame.length >> 1);
  if (how === 'garbage-before') return Buffer.concat([Uint8Array.of(0x00, 0xff, 0xaa, 0x96, 0x69, 0x13), frame]);
  if (how === 'extra-aa') return Buffer.concat([Uint8Array.of(0xaa), frame]);
  return Uint8Array.from(frame, (byte, at) => (at === frame.length - 1 ? byte ^ 0xff : byte));
}
