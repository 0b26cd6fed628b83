/** The process that plays the reader of `usb-reader.ts`; it ends with its parent, and the reader with it. */
import { execFileSync } from 'node:child_process';
import { constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../device-drivers/clock.ts';
import { idSamUsb } from '../devices/id-sam-usb.ts';
import { seededRandom } from '../random.ts';
import { functionDescriptors, functionStrings } from './functionfs.ts';
import { makeUsbGadget } from './usb-gadget.ts';
import type { ReaderAnswer, ReaderCommand } from './usb-reader.ts';

/** In the order of their files. The dummy controller gives the second pair, 06 and 85 of the real one, other numbers. */
const addresses = [0x02, 0x81, 0x06, 0x85];
/** Preamble and length of a SAM frame go by the first pair of endpoints, the rest by the second. */
const headBytes = 7;
const packetBytes = 512;
/** For the plug, while it is out. */
const lookEveryMs = 10;
/** Its own for each process: what one leaves behind, unplugged, is in nobody's way. */
const name = `reader-${process.pid}`;
const dir = `/run/lab/${name}`;

const gadget = makeUsbGadget({
  ...{ name, vendor: 0x0400, product: 0xc35a, productName: 'SDT ID reader', serial: '' },
  function: `ffs.${name}`,
});
mkdirSync(dir, { recursive: true });
execFileSync('mount', ['-t', 'functionfs', name, dir]);
// Open for as long as the device is to be there.
const control = openSync(`${dir}/ep0`, 'r+');
writeSync(control, functionDescriptors(addresses.map((address) => ({ address }))));
writeSync(control, functionStrings('SDT'));
// O_NONBLOCK: while the plug is out an endpoint says so, and does not keep what was asked of it for the next plugging-in. So
// opened, one is refused while another is being opened.
const endpoints: FileHandle[] = [];
for (const index of addresses.keys()) {
  endpoints.push(await open(`${dir}/ep${index + 1}`, constants.O_RDWR | constants.O_NONBLOCK));
}
const [headOut, headIn, restOut, restIn] = endpoints;

let isPlugged = false;
let sent = Promise.resolve();
const reader = idSamUsb.create(idSamUsb.options.parse({}), {
  clock: systemClock,
  random: seededRandom(1, idSamUsb.name),
  send(frame) {
    sent = sent
      .then(async () => {
        if (!isPlugged) return;
        await headIn!.write(frame.subarray(0, headBytes));
        await restIn!.write(frame.subarray(headBytes));
      })
      // The host let go of it: nobody is there to hear the rest.
      .catch(() => {});
  },
});

/** Waits for the host; undefined while the plug is out. */
async function read(endpoint: FileHandle, bytesMax: number): Promise<Buffer | undefined> {
  try {
    const { bytesRead, buffer } = await endpoint.read(Buffer.alloc(bytesMax), 0, bytesMax, null);
    return buffer.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
}

async function listen(): Promise<void> {
  for (;;) {
    const head = await read(headOut!, packetBytes);
    if (!head) {
      await sleep(lookEveryMs);
      continue;
    }
    reader.receive(head);
    if (head.length < headBytes) continue;
    for (let missing = head.readUInt16BE(headBytes - 2); missing > 0; ) {
      const rest = await read(restOut!, packetBytes);
      if (!rest) break;
      reader.receive(rest);
      missing -= rest.length;
    }
  }
}

function perform(command: ReaderCommand): void {
  if (command.op === 'act') {
    const action = reader.actions.get(command.action);
    if (!action) throw new Error(`${idSamUsb.name} has no action ${command.action}`);
    action.run(action.args.parse(command.args));
  } else if (isPlugged !== (command.op === 'plug')) {
    isPlugged = !isPlugged;
    if (isPlugged) gadget.plug();
    else gadget.unplug();
    reader.power(isPlugged);
  }
}

process.on('message', (command: ReaderCommand) => {
  let error: string | undefined;
  try {
    perform(command);
  } catch (problem) {
    error = (problem as Error).message;
  }
  process.send?.({ id: command.id, ...(error !== undefined && { error }) } satisfies ReaderAnswer);
});
// SIGKILL: threads that wait for the host never come back, and a clean exit would wait for them.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
void listen();
