/** Label jobs through the real session over real wires: a PTY and a TCP socket, pulled out where it hurts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import { printerZpl, testLabel } from '../../../device-drivers/drivers/printer-zpl.ts';
import type { DeviceAddress, LineSettings } from '../../../device-drivers/link.ts';
import { openSession } from '../../../device-drivers/session.ts';
import { openLink } from '../../../device-drivers/transport/open.ts';
import { type Rack, startRack } from '../../../simulators/rack.ts';
import { simulators } from '../../../simulators/registry.ts';
import { until } from '../../support/until.ts';

const line: LineSettings = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'xonxoff' };
const label = testLabel({ title: '核酸采样管', lines: [], code: 'T20261122000123' });

let dir: string;
const undo: (() => unknown)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-printer-'));
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  rmSync(dir, { recursive: true, force: true });
});

async function plugIn(wire: 'pty' | 'tcp', labelMs: number): Promise<Rack> {
  const options = { odometer: 'unsupported', behaviour: { labelMs } };
  const rack = await startRack({
    devices: [{ id: 'printer-1', driver: 'printer-zpl', wire, options, paced: false }],
    ...{ dir, seed: 1, clock: systemClock, simulators },
  });
  undo.push(() => rack.stop());
  return rack;
}
const stateOf = (rack: Rack) => rack.state()[0]!.device as { printedTotal: number; labelsWaiting: number };

/** Resolves when the printer is identified. */
async function connectTo(rack: Rack) {
  const at = rack.devices()[0]!.at!;
  const colon = at.indexOf(':');
  const address = { scheme: at.slice(0, colon), target: at.slice(colon + 1) } as DeviceAddress;
  let session!: ReturnType<typeof openSession>;
  await new Promise<void>((resolve, reject) => {
    session = openSession({
      driver: printerZpl,
      options: printerZpl.options.parse({ odometer: 'off' }),
      open: (events) => openLink(address, line, events),
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
  return session;
}

describe.each(['pty', 'tcp'] as const)('over %s', (wire) => {
  test('a job is printed and proved', async () => {
    const rack = await plugIn(wire, 50);
    const session = await connectTo(rack);
    expect(await session.command('print', { jobId: 'a', label })).toEqual({
      status: 'done',
      result: { outcome: 'done', proof: 'queue-empty' },
    });
    expect(stateOf(rack)).toMatchObject({ printedTotal: 1, labelsWaiting: 0 });
  });

  test('pulled out in mid-job: unknown; between two jobs: nothing is left in any queue', async () => {
    const rack = await plugIn(wire, 60_000);
    const session = await connectTo(rack);
    const job = session.command('print', { jobId: 'a', label });
    await until('the label is in the printer', () => stateOf(rack).labelsWaiting === 1);
    await rack.unplug('printer-1');
    expect(await job).toEqual({
      status: 'done',
      result: { outcome: 'unknown', fault: { code: 'link-lost' } },
    });
    expect(await session.command('print', { jobId: 'b', label })).toMatchObject({ status: 'refused' });

    await rack.act('printer-1', 'behave', { labelMs: 20 });
    await rack.plug('printer-1');
    const next = await connectTo(rack);
    expect(stateOf(rack)).toMatchObject({ printedTotal: 0, labelsWaiting: 0 });
    expect(await next.command('print', { jobId: 'c', label })).toMatchObject({ result: { outcome: 'done' } });
    expect(stateOf(rack)).toMatchObject({ printedTotal: 1, labelsWaiting: 0 });
  });
});
