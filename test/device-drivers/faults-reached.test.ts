/**
 * Every fault of the table, reached: by a driver at its simulator, by a session on a rack's cable, or, for the few that no
 * simulator can make, named with the reason and with the test that reaches it otherwise.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import type { Conversation } from '../../device-drivers/driver.ts';
import { type Fault, type FaultCode, faults } from '../../device-drivers/faults.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { openSession } from '../../device-drivers/session.ts';
import { type Rack, startRack } from '../../simulators/rack.ts';
import { simulators } from '../../simulators/registry.ts';
import { connect, type Rig, type RigOptions } from '../support/converse.ts';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

// At a simulator, without a link.

type Setup = Omit<RigOptions, 'driver' | 'simulator'>;
interface Said {
  readonly rig: Rig;
  readonly codes: () => FaultCode[];
  ask(conversation: Conversation<never, unknown> | undefined): void;
  cycles(times: number): void;
}

function at(name: string, setup: Setup = {}): Said {
  const rig = connect({ driver: drivers.get(name)!, simulator: simulators.get(name)!, ...setup });
  const results: unknown[] = [];
  const faultOf = (said: unknown) => {
    const { fault, condition } = (said ?? {}) as { fault?: Fault; condition?: Fault | null };
    return fault ?? condition ?? undefined;
  };
  return {
    rig,
    codes: () => [...results, ...rig.outputs].flatMap((said) => faultOf(said)?.code ?? []),
    ask: (conversation) => conversation && results.push(rig.converse(conversation)),
    cycles(times) {
      for (let done = 0; rig.session.cycle && done < times; done++) results.push({ fault: rig.cycle() });
    },
  };
}

const identified = (name: string, setup: Setup = {}) => {
  const said = at(name, setup);
  said.ask(said.rig.session.identify?.() as Conversation<never, unknown> | undefined);
  return said;
};

/** The device is asked, something happens to it, and it is asked again. */
const afterAct =
  (name: string, action: string, args: object, setup: Setup = {}) =>
  () => {
    const { rig, codes, cycles } = identified(name, setup);
    rig.act(action, args);
    cycles(8);
    rig.idle(1_000);
    return codes();
  };
const printed =
  (name: string, label: string, setup: Setup = {}, prepare = (_: Rig) => {}) =>
  () => {
    const { rig, codes, ask } = identified(name, setup);
    prepare(rig);
    ask(rig.session.commands!.print!({ jobId: 'j1', label } as never) as Conversation<never, unknown>);
    return codes();
  };

const refused = (refuse: string) => () =>
  identified('digital-input', { options: { use: 'door' }, simulatorOptions: { refuse } }).codes();
const card = (sw3: string, on: string) => () => {
  const { rig, codes, cycles } = identified('id-sam');
  rig.act('present');
  rig.act('fail', { sw3, on, times: 100 });
  cycles(20);
  return codes();
};
const modbus = { options: { profile: 'r4dcb08' } };
const tspl = drivers.get('printer-tspl')!.testLabel!({ title: 'A', lines: [], code: 'T1' });

/** Two digits of the number become letters, by the same bit: the check byte of the protocol is XOR and does not see it. */
const bentText = (bytes: Uint8Array): Uint8Array[] => [
  bytes.length < 1_000 ? bytes : bytes.map((byte, at) => (at === 136 || at === 138 ? byte ^ 0x40 : byte)),
];

const atSimulators: Partial<Record<FaultCode, () => readonly FaultCode[]>> = {
  'no-reply': () => identified('probe-modbus', { ...modbus, simulatorOptions: { behaviour: { mute: true } } }).codes(),
  'wrong-device': () => identified('probe-modbus', { options: { profile: 'xy-md02' } }).codes(),
  'port-denied': refused('denied'),
  'port-failed': refused('failed'),
  'paper-out': afterAct('printer-zpl', 'paper', { labels: 0 }),
  'head-open': afterAct('printer-zpl', 'lid', { open: true }),
  'ribbon-out': afterAct('printer-zpl', 'ribbon', { out: true }),
  'printer-paused': afterAct('printer-zpl', 'pause', {}),
  'head-too-hot': afterAct('printer-tspl', 'heat', { hot: true }),
  'paper-jam': afterAct('printer-tspl', 'jam', { jammed: true }),
  'cutter-jam': afterAct('printer-tspl', 'cutter', { jammed: true }),
  'supplies-low': afterAct('printer-tspl', 'paper', { labels: 5 }),
  'printer-error': afterAct('printer-tspl', 'heat', { hot: true }, { simulatorOptions: { longStatus: false } }),
  'label-invalid': printed('printer-zpl', '^XA^FDhalf a label'),
  'print-unproven': printed('printer-zpl', '^XA^FDA^FS^XZ', {
    options: { status: 'if-answered' },
    simulatorOptions: { behaviour: { neverAnswers: true } },
  }),
  'printer-not-empty': printed('printer-tspl', tspl, {}, (rig) => {
    rig.act('behave', { labelMs: 60_000 });
    rig.device.receive(Buffer.from('CLS\r\nPRINT 1\r\n'));
  }),
  'sensor-absent': afterAct('probe-modbus', 'detach-sensor', { channel: 1 }, modbus),
  'modbus-exception': afterAct('probe-modbus', 'behave', { exception: 4 }, modbus),
  'measurement-damaged': afterAct('probe-w1', 'trouble', { trouble: 'bad-crc' }),
  'sensor-power-lost': afterAct('probe-w1', 'trouble', { trouble: 'power-on' }),
  'output-held-too-long': () => {
    const { rig, codes } = identified('indicator', { options: { use: 'door-lock' } });
    rig.device.receive(Buffer.from('set 1\n'));
    rig.idle(60_000);
    return codes();
  },
  'code-unreadable': afterAct('scanner-line', 'scan', { text: 'T1\x1b[2J' }),
  'code-incomplete': afterAct('scanner-line', 'scan', { text: 'T1', suffix: 'none' }, { options: { suffix: 'CR' } }),
  'code-without-symbology': afterAct('scanner-line', 'scan', { text: 'T1' }, { options: { symbologyId: true } }),
  'measurement-unreadable': afterAct('thermometer-line', 'measure', { celsius: 90 }),
  'scanner-wrong-mode': () => {
    const { rig, codes, ask } = at('scanner-hid-pos');
    const keyboard = simulators.get('scanner-hid-keyboard')!;
    rig.session.opened?.({ reportDescriptor: keyboard.hid!(keyboard.options.parse({})).reportDescriptor });
    ask(rig.session.identify!() as Conversation<never, unknown>);
    return codes();
  },
  'document-misread': afterAct('document-mrz', 'present', {}, { wire: (bytes) => [bytes.subarray(0, 60)] }),
  'card-read-failed': card('41', 'read'),
  'card-not-authenticated': card('32', 'read'),
  'card-wrong-type': card('40', 'select'),
  'card-unreadable': afterAct('id-sam', 'present', {}, { wire: bentText }),
  'reader-refuses-command': card('21', 'find'),
  'reader-self-test-failed': () => {
    const { rig, codes, ask } = at('id-sam');
    rig.act('fail', { sw3: '60', times: 100 });
    ask(rig.session.identify!() as Conversation<never, unknown>);
    return codes();
  },
  'reader-unauthorised': card('66', 'find'),
};

// On a cable.

async function onCable(work: (rack: Rack, codes: FaultCode[], open: () => void) => Promise<unknown>) {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-faults-'));
  const inProcess = new Map([...simulators].map(([name, made]) => [name, { ...made, wires: ['sim' as const] }]));
  const devices = [{ id: 'scanner-1', driver: 'scanner-line' }];
  const rack = await startRack({ devices, dir, seed: 1, clock: systemClock, simulators: inProcess });
  const codes: FaultCode[] = [];
  const said = (fault: Fault | null) => fault && codes.push(fault.code);
  const driver = drivers.get('scanner-line')!;
  const open = () =>
    openSession({
      ...{ driver, options: driver.options.parse({ suffix: 'CR' }), clock: systemClock },
      open: (events) => rack.open('scanner-1', events),
      events: { opened() {}, ready() {}, reading() {}, repeat() {}, fault: said, condition: said, ended: said },
    });
  try {
    await work(rack, codes, open);
  } finally {
    await rack.stop();
    rmSync(dir, { recursive: true });
  }
}
const comes = (codes: FaultCode[], code: FaultCode) => until(code, () => codes.includes(code));

const onCables: Partial<Record<FaultCode, () => Promise<unknown>>> = {
  'link-lost': () =>
    onCable(async (rack, codes, open) => {
      open();
      await new Promise((resolve) => setImmediate(resolve));
      await rack.unplug('scanner-1');
      await comes(codes, 'link-lost');
    }),
  'port-missing': () =>
    onCable(async (rack, codes, open) => {
      await rack.unplug('scanner-1');
      open();
      await comes(codes, 'port-missing');
    }),
  'port-busy': () =>
    onCable(async (_, codes, open) => {
      open();
      open();
      await comes(codes, 'port-busy');
    }),
  'noisy-line': () =>
    onCable(async (rack, codes, open) => {
      open();
      await new Promise((resolve) => setImmediate(resolve));
      await rack.act('scanner-1', 'inject', { base64: Buffer.alloc(20_000, 0x55).toString('base64') });
      await comes(codes, 'noisy-line');
    }),
};

// Where no simulator comes: why, and the test that does.

const otherwise: Partial<Record<FaultCode, { readonly why: string; readonly test: string }>> = {
  'transport-unsupported': { why: 'an address, no device', test: 'test/device-drivers/session.test.ts' },
  'keyboard-shared': { why: 'the kernel and libusb decide it', test: 'test/device-drivers/transport/hid.test.ts' },
  'driver-bug': { why: 'a bug that is known is mended', test: 'test/device-drivers/session.test.ts' },
  'other-unit': {
    why: 'the supervisor compares two simulated devices',
    test: 'test/gateway/supervisor/units.test.ts',
  },
  'pair-unconfirmed': {
    why: 'the supervisor sees two simulated devices pulled and put back',
    test: 'test/gateway/supervisor/units.test.ts',
  },
  'head-too-cold': {
    why: 'no simulated printer has a cold head; the bytes of one are golden',
    test: 'test/device-drivers/drivers/printer-zpl.test.ts',
  },
};

describe('every fault is reached', () => {
  test('in one way', () => {
    const ways = [atSimulators, onCables, otherwise].flatMap((way) => Object.keys(way));
    expect(ways.toSorted()).toEqual(Object.keys(faults).sort());
  });

  test.each(Object.entries(atSimulators))('%s, at a simulator', (code, provoke) => {
    expect(provoke()).toContain(code);
  });

  test.each(Object.entries(onCables))('%s, on a cable', async (_, provoke) => {
    await provoke();
  });

  test.each(Object.entries(otherwise))('%s, otherwise', (code, { test }) => {
    expect(existsSync(root + test)).toBe(true);
    expect(readFileSync(root + test, 'utf8')).toMatch(new RegExp(`'${code}'|'${code.replace(/^\w+-/, '')}'`));
  });
});

/** What stands for a driver whose decoding is another one's, tried there. */
const sharesDecoding: ReadonlyMap<string, string> = new Map([
  ['id-sam-hid', 'id-sam'],
  ['id-sam-usb', 'id-sam'],
]);

test.each([...drivers.values()].map((driver) => [driver.name, driver] as const))(
  'each fault that %s declares is named in its test',
  (name, { faults: declared }) => {
    const text = readFileSync(`${root}test/device-drivers/drivers/${sharesDecoding.get(name) ?? name}.test.ts`, 'utf8');
    // A line that is no line: said alike by both drivers of GPIO lines, and tried at neither.
    const gpio = ['digital-input', 'indicator'].includes(name) ? ['wrong-device'] : [];
    expect(declared.filter((code) => !text.includes(code) && !gpio.includes(code))).toEqual([]);
  },
);
