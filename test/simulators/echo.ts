/** A device for the tests of the rack: it sends back what it gets, and whatever a test wants it to say. */
import { z } from 'zod';
import { defineAction, defineSimulator, type Simulator } from '../../simulators/device.ts';

export const echo = defineSimulator({
  name: 'echo',
  describe: 'sends back what it gets',
  wires: ['pty', 'tcp'],
  baudRate: 115_200,
  options: z.strictObject({ greeting: z.string().default('') }),
  create({ greeting }, context) {
    let powered = true;
    let lid = 'closed';
    let stopped = false;
    return {
      receive: (chunk) => context.send(chunk),
      actions: new Map([
        [
          'say',
          defineAction({
            describe: 'send a text',
            args: z.strictObject({ text: z.string(), times: z.int().min(1).default(1) }),
            run({ text, times }) {
              if (!powered) throw new Error('the device has no power');
              context.send(Buffer.from(text.repeat(times)));
              return { sentBytes: text.length * times };
            },
          }),
        ],
        [
          'lid',
          defineAction({
            describe: 'open or close the lid',
            args: z.strictObject({ open: z.boolean() }),
            run({ open }) {
              lid = open ? 'open' : 'closed';
            },
          }),
        ],
      ]),
      state: () => ({ powered, lid, stopped }),
      power(on) {
        powered = on;
        if (on && greeting) context.send(Buffer.from(greeting));
      },
      stop() {
        stopped = true;
      },
    };
  },
});

export const echoOnly: ReadonlyMap<string, Simulator> = new Map([[echo.name, echo]]);
