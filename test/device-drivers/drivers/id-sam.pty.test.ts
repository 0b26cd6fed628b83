/** The card reader on a real serial port: every card and every error code, byte by byte, behind a mebibyte of noise. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import { newTally } from '../../../device-drivers/counters.ts';
import type { Identity, Reading } from '../../../device-drivers/driver.ts';
import { idSam } from '../../../device-drivers/drivers/id-sam.ts';
import type { Fault } from '../../../device-drivers/faults.ts';
import { openSession, type Session } from '../../../device-drivers/session.ts';
import { openSerial } from '../../../device-drivers/transport/serial.ts';
import type { SimulatedDevice } from '../../../simulators/device.ts';
import { idSam as simulator } from '../../../simulators/devices/id-sam.ts';
import { people } from '../../../simulators/people.ts';
import { createPtyPort, type PtyPort } from '../../../simulators/pty.ts';
import { seededRandom } from '../../../simulators/random.ts';
import { until } from '../../support/until.ts';
import { commands, samIdPrinted, statusAnswers } from '../../vectors/id-sam.ts';

const noiseBytes = 1 << 20;
const seed = 20221107;

let dir: string;
let port: PtyPort;
let device: SimulatedDevice;
let session: Session;
let finds: number;
const tally = newTally();
const readings: Reading[] = [];
const faults: Fault[] = [];
const identities: Identity[] = [];
const endings: (Fault | null)[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-id-'));
  port = await createPtyPort({ path: join(dir, 'card-1') });
  const random = seededRandom(seed, 'noise');
  let noise: Uint8Array | undefined = Uint8Array.from({ length: noiseBytes }, () => random() * 256);
  finds = 0;
  device = simulator.create(simulator.options.parse({ findMs: [0, 0], readMs: [0, 0], otherMs: [0, 0] }), {
    clock: systemClock,
    random,
    send(bytes) {
      // A port that closes meanwhile is the end of the test.
      const write = (chunk: Uint8Array) => void port.write(chunk).catch(() => {});
      if (noise) write(noise);
      noise = undefined;
      for (const byte of bytes) write(Uint8Array.of(byte));
    },
  });
  port.onData((chunk) => {
    if (Buffer.from(chunk).indexOf(commands.find) >= 0) finds += 1;
    device.receive(chunk);
  });
  session = openSession({
    driver: idSam,
    options: idSam.options.parse({ pollMs: 100, sameCardWindowMs: 0 }),
    open: (events) =>
      openSerial(
        port.path,
        { baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' },
        events,
      ),
    clock: systemClock,
    tally,
    events: {
      opened() {},
      ready: (identity) => identities.push(identity),
      reading: (reading) => readings.push(reading),
      repeat() {},
      fault: (fault) => faults.push(fault),
      condition() {},
      ended: (fault) => endings.push(fault),
    },
  });
});

afterEach(async () => {
  await session.close();
  device.stop();
  await port.close();
  rmSync(dir, { recursive: true, force: true });
});

function act(name: string, args: object = {}): void {
  const action = device.actions.get(name)!;
  action.run(action.args.parse(args));
}
/** Without a card until the driver must have noticed. */
async function lift(): Promise<void> {
  act('lift');
  // One may be under way; the driver waits for two empty ones.
  const before = finds;
  await until('the driver looked at the empty reader', () => finds > before + 2);
}

test('all cards and error codes come through a real port', async () => {
  await until('identified', () => identities.length > 0 || endings.length > 0);
  expect(identities).toEqual([{ serial: samIdPrinted }]);
  expect([...tally.discardedBytes.values()].reduce((a, b) => a + b, 0)).toBe(noiseBytes);

  for (const [at, person] of people.entries()) {
    act('present', { person: person.id });
    await until(person.id, () => readings.length > at);
    expect(readings[at]).toMatchObject({ name: person.name, idNumber: person.idNumber });
    await lift();
  }

  // These end the connection or mean success, and have tests of their own.
  const passing = new Set([0x90, 0x60, 0x66]);
  for (const code of statusAnswers.keys()) {
    if (passing.has(code)) continue;
    const sw3 = code.toString(16);
    const before = faults.length;
    act('present', { person: 'crowd-7' });
    act('fail', { sw3, on: 'read', times: 1000 });
    await until(`a fault for ${sw3}`, () => faults.length > before);
    expect(faults.at(-1)!.detail).toBe(`read: SW3 ${sw3}`);
    act('fail', { sw3, on: 'reset' });
    await lift();
  }
  expect(readings).toHaveLength(people.length);
  expect(faults).toHaveLength(statusAnswers.size - passing.size);

  act('present', { person: 'crowd-7' });
  await until('a reading after all that', () => readings.length > people.length);
  expect(endings).toEqual([]);
  expect(JSON.stringify(faults)).not.toContain('410199');
}, 60_000);
