/**
 * What a lane's lamps and buzzer say for each tone, besides the screen: never colour alone. The patterns differ in length
 * and in number, so that they are told apart through a hat. A lamp that is out is no reason to stop a lane.
 */
import type { Tone } from './contract/lane.ts';
import type { Supervisor } from './supervisor/supervise.ts';

export interface SignalDevices {
  readonly lamp?: string | undefined;
  readonly errorLamp?: string | undefined;
  readonly buzzer?: string | undefined;
}

interface Signal {
  readonly on: 'lamp' | 'errorLamp';
  /** On, off, on, …: milliseconds. */
  readonly lightMs: readonly number[];
  readonly buzzMs: readonly number[];
}

const signals: Readonly<Record<Tone, Signal | undefined>> = {
  ok: { on: 'lamp', lightMs: [600], buzzMs: [80] },
  full: { on: 'lamp', lightMs: [300, 150, 300, 150, 900], buzzMs: [80, 80, 80, 80, 300] },
  noted: undefined,
  repeat: { on: 'lamp', lightMs: [100, 100, 100], buzzMs: [30, 60, 30] },
  question: { on: 'errorLamp', lightMs: [150, 150, 150], buzzMs: [150, 100, 150] },
  refused: { on: 'errorLamp', lightMs: [2_000], buzzMs: [700] },
};

/** Never rejects, and waits for nothing: the next person does not wait for a buzzer. */
export function signal(command: Supervisor['command'], devices: SignalDevices, tone: Tone): void {
  const now = signals[tone];
  if (!now) return;
  const light = devices[now.on];
  const send = (device: string | undefined, stepsMs: readonly number[]) => {
    if (device !== undefined) void command(device, 'pattern', { stepsMs: [...stepsMs] });
  };
  send(light, now.lightMs);
  send(devices.buzzer, now.buzzMs);
}
