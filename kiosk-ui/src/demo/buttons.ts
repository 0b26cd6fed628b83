/**
 * What a visitor can do with each simulated device: one big button each, by the device's driver. A test holds every
 * button against its simulator's own actions.
 */
export type ButtonName =
  | 'resident'
  | 'longTerm'
  | 'permit'
  | 'permitTaiwan'
  | 'foreign2017'
  | 'foreign2023'
  | 'lift'
  | 'lidOpen'
  | 'lidClose'
  | 'paperOut'
  | 'paperLoad'
  | 'boxCold'
  | 'boxWarm'
  | 'sensorOff'
  | 'sensorOn';

export interface DemoButton {
  readonly name: ButtonName;
  readonly action: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const present = (name: ButtonName, person: string): DemoButton => ({ name, action: 'present', args: { person } });

const printer: readonly DemoButton[] = [
  { name: 'lidOpen', action: 'lid', args: { open: true } },
  { name: 'lidClose', action: 'lid', args: { open: false } },
  { name: 'paperOut', action: 'paper', args: { labels: 0 } },
  { name: 'paperLoad', action: 'paper', args: {} },
];

export const buttons: ReadonlyMap<string, readonly DemoButton[]> = new Map([
  [
    'id-sam',
    [
      present('resident', 'zhang-san'),
      present('longTerm', 'ouyang-long-term'),
      present('permit', 'permit-hong-kong'),
      present('permitTaiwan', 'permit-taiwan'),
      present('foreign2017', 'foreign-2017'),
      present('foreign2023', 'foreign-2023'),
      { name: 'lift', action: 'lift', args: {} },
    ],
  ],
  ['printer-zpl', printer],
  ['printer-tspl', printer],
  ['printer-escpos', printer],
  [
    'probe-modbus',
    [
      { name: 'boxCold', action: 'set-temperature', args: { channel: 1, celsius: 4.5 } },
      { name: 'boxWarm', action: 'set-temperature', args: { channel: 1, celsius: 12 } },
      { name: 'sensorOff', action: 'detach-sensor', args: { channel: 2 } },
      { name: 'sensorOn', action: 'set-temperature', args: { channel: 2, celsius: 4.4 } },
    ],
  ],
]);

export const isPrinter = (driver: string): boolean => driver.startsWith('printer-');
