/** The driver against a Modbus server that is not ours (`modbus-serial`), over two real PTYs: an error both of our ends share would show here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import modbus from 'modbus-serial';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import type { DriverOutput, Reading } from '../../../device-drivers/driver.ts';
import { probeModbus } from '../../../device-drivers/drivers/probe-modbus.ts';
import { openSession } from '../../../device-drivers/session.ts';
import { openSerial } from '../../../device-drivers/transport/serial.ts';
import { createPtyPort } from '../../../simulators/pty.ts';
import { until } from '../../support/until.ts';

const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;

/** A bus of two PTYs: what one end sends, the other gets. */
async function bus() {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-modbus-'));
  const [ours, theirs] = await Promise.all(['ours', 'theirs'].map((end) => createPtyPort({ path: join(dir, end) })));
  ours!.onData((bytes) => void theirs!.write(bytes));
  theirs!.onData((bytes) => void ours!.write(bytes));
  onTestFinished(async () => {
    await Promise.all([ours!.close(), theirs!.close()]);
    rmSync(dir, { recursive: true });
  });
  return { ours: ours!.path, theirs: theirs!.path };
}

async function serve(path: string, unitID: number, registers: ReadonlyMap<number, number>): Promise<void> {
  const read = (address: number) => registers.get(address) ?? 0;
  await new Promise<void>((opened) => {
    const server = new modbus.ServerSerial({ getHoldingRegister: read, getInputRegister: read }, {
      path,
      baudRate: 9600,
      unitID,
      openCallback: () => opened(),
    } as never);
    onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())));
  });
}

function readProbe(path: string, options: object) {
  const readings: Reading[] = [];
  const conditions: DriverOutput[] = [];
  const session = openSession({
    driver: probeModbus,
    options: probeModbus.options.parse({ pollMs: 500, replyWithinMs: 2_000, ...options }),
    open: (events) => openSerial(path, line, events),
    clock: systemClock,
    events: {
      opened: () => {},
      ready: () => {},
      reading: (reading) => readings.push(reading),
      repeat: () => {},
      fault: () => {},
      condition: (condition) => conditions.push({ condition }),
      ended: () => {},
    },
  });
  onTestFinished(() => session.close());
  return { readings, conditions };
}

test('r4dcb08: four channels, a negative one, and one without a sensor', async () => {
  const ends = await bus();
  await serve(ends.theirs, 1, new Map([42, 39, 0xfffb, 0x8000].map((value, address) => [address, value])));
  const { readings, conditions } = readProbe(ends.ours, { profile: 'r4dcb08', unit: 1, channels: 4 });
  await until('a reading of each channel', () => readings.length >= 4);
  expect(readings.slice(0, 4)).toMatchObject([
    { celsius: 4.2, quality: 'ok', raw: 42 },
    { celsius: 3.9, quality: 'ok', raw: 39 },
    { celsius: -0.5, quality: 'ok' },
    { celsius: null, quality: 'invalid' },
  ]);
  await until('the missing sensor is told', () => conditions.length > 0);
  expect(conditions[0]).toMatchObject({ condition: { code: 'sensor-absent' } });
});

test('xy-md02: input registers, below zero, with humidity', async () => {
  const ends = await bus();
  await serve(
    ends.theirs,
    2,
    new Map([
      [1, 0xff33],
      [2, 546],
    ]),
  );
  const { readings } = readProbe(ends.ours, { profile: 'xy-md02', unit: 2 });
  await until('a reading', () => readings.length > 0);
  expect(readings[0]).toMatchObject({ celsius: -20.5, humidity: 54.6, quality: 'ok' });
});
