/**
 * Each kind of printer through the real session over each of its wires. `file` is a PTY opened as a file: there is no
 * usblp here.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import type { DeviceAddress, LineSettings } from '../../../device-drivers/link.ts';
import { drivers } from '../../../device-drivers/registry.ts';
import { openSession } from '../../../device-drivers/session.ts';
import { openLink } from '../../../device-drivers/transport/open.ts';
import { type Rack, startRack } from '../../../simulators/rack.ts';
import { simulators } from '../../../simulators/registry.ts';
import { until } from '../../support/until.ts';

const line: LineSettings = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' };
const text = { title: '核酸采样管', lines: ['10:1'], code: 'T20261122000123' };

let dir: string;
const undo: (() => unknown)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-printers-'));
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  rmSync(dir, { recursive: true, force: true });
});

async function plugIn(driver: string, wire: string, labelMs: number): Promise<Rack> {
  const rack = await startRack({
    devices: [
      {
        id: 'printer-1',
        driver,
        wire: wire === 'tcp' ? 'tcp' : 'pty',
        options: { behaviour: { labelMs } },
        paced: false,
      },
    ],
    ...{ dir, seed: 1, clock: systemClock, simulators },
  });
  undo.push(() => rack.stop());
  return rack;
}
const stateOf = (rack: Rack) =>
  rack.state()[0]!.device as { printedTotal: number; labelsWaiting: number; printed: string[] };

/** Resolves when the printer is identified. */
async function connectTo(rack: Rack, name: string, wire: string) {
  const driver = drivers.get(name)!;
  const at = rack.devices()[0]!.at!;
  const colon = at.indexOf(':');
  const address = { scheme: wire === 'file' ? 'file' : at.slice(0, colon), target: at.slice(colon + 1) };
  let session!: ReturnType<typeof openSession>;
  await new Promise<void>((resolve, reject) => {
    session = openSession({
      driver,
      options: driver.options.parse({}),
      open: (events) => openLink(address as DeviceAddress, line, events),
      clock: systemClock,
      events: {
        opened() {},
        ready: () => resolve(),
        reading() {},
        repeat() {},
        fault() {},
        condition() {},
        ended: (fault) => reject(new Error(`ended: ${fault?.code}`)),
      },
    });
  });
  undo.push(() => session.close());
  return { session, label: driver.testLabel!(text) };
}

describe.each(['printer-zpl', 'printer-tspl', 'printer-escpos'])('%s', (name) => {
  test.each(['pty', 'tcp', 'file'])('over %s a test label is printed and proved', async (wire) => {
    const rack = await plugIn(name, wire, 1_500);
    const { session, label } = await connectTo(rack, name, wire);
    expect(await session.command('print', { jobId: 'a', label })).toMatchObject({
      status: 'done',
      result: { outcome: 'done' },
    });
    expect(stateOf(rack)).toMatchObject({ printedTotal: 1, labelsWaiting: 0 });
    expect(stateOf(rack).printed[0]).toContain('核酸采样管');
  });

  test.each(['tcp', 'file'])('pulled out of %s in mid-job: unknown, and nothing comes out later', async (wire) => {
    const rack = await plugIn(name, wire, 60_000);
    const { session, label } = await connectTo(rack, name, wire);
    const job = session.command('print', { jobId: 'a', label });
    await until('the label is in the printer', () => stateOf(rack).labelsWaiting === 1);
    await rack.unplug('printer-1');
    expect(await job).toEqual({ status: 'done', result: { outcome: 'unknown', fault: { code: 'link-lost' } } });
    await rack.act('printer-1', 'behave', { labelMs: 300 });
    await rack.plug('printer-1');
    const next = await connectTo(rack, name, wire);
    expect(await next.session.command('print', { jobId: 'b', label })).toMatchObject({ result: { outcome: 'done' } });
    expect(stateOf(rack)).toMatchObject({ printedTotal: 1, labelsWaiting: 0 });
  });
});
