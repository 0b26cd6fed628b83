/** The simulated bus under a Modbus master that is not ours, over a real PTY: an error both of our ends share would show here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import modbus from 'modbus-serial';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import { type Rack, startRack } from '../../../simulators/rack.ts';
import { simulators } from '../../../simulators/registry.ts';

let dir: string;
let rack: Rack;
let master: InstanceType<typeof modbus.default>;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-modbus-'));
  const probes = [
    { unit: 1, profile: 'r4dcb08', celsius: [4.2, 3.9, -0.5, null] },
    { unit: 2, profile: 'xy-md02', celsius: [-20.5], humidity: 54.6 },
  ];
  rack = await startRack({
    devices: [{ id: 'box-1', driver: 'probe-modbus', options: { probes }, paced: false }],
    ...{ dir, seed: 1, clock: systemClock, simulators },
  });
  master = new modbus.default();
  await master.connectRTUBuffered(join(dir, 'box-1'), { baudRate: 9600 });
  master.setTimeout(5_000);
});
afterEach(async () => {
  await new Promise<void>((done) => master.close(() => done()));
  await rack.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('modbus-serial reads both units, writes a register and sees an exception by its number', async () => {
  master.setID(1);
  expect((await master.readHoldingRegisters(0, 4)).data).toEqual([42, 39, 0xfffb, 0x8000]);
  await master.writeRegister(0x0008, 0xfffd);
  expect((await master.readHoldingRegisters(0, 1)).data).toEqual([39]);
  await expect(master.readInputRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 1 });
  await expect(master.readHoldingRegisters(0x0040, 1)).rejects.toMatchObject({ modbusCode: 2 });
  master.setID(2);
  expect((await master.readInputRegisters(1, 2)).data).toEqual([0xff33, 546]);
});
