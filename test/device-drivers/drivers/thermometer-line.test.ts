import { describe, expect, test } from 'vitest';
import { thermometerLine } from '../../../device-drivers/drivers/thermometer-line.ts';
import { thermometerLine as simulator } from '../../../simulators/devices/thermometer-line.ts';
import { connect } from '../../support/converse.ts';
import { lines } from '../../vectors/thermometer-line.ts';

const rig = (options: object = {}, simulatorOptions: object = {}, wire?: (b: Uint8Array) => readonly Uint8Array[]) =>
  connect({ driver: thermometerLine, options, simulator, simulatorOptions, ...(wire && { wire }) });
const bytesIn = (r: ReturnType<typeof rig>, bytes: Uint8Array) => {
  for (const item of r.session.framing.push(bytes))
    if ('frame' in item) r.outputs.push(...r.session.onFrame!(item.frame));
};
const reading = (celsius: number, quality = 'ok', raw = celsius) => ({
  reading: { type: 'temperature', celsius, quality, raw },
});
const fault = (detail: string) => ({ fault: { code: 'measurement-unreadable', detail } });

describe('thermometer-line', () => {
  test.each(Object.entries(lines))('reads the vector %s', (_, { bytes, celsius }) => {
    const r = rig();
    bytesIn(r, bytes);
    expect(r.outputs).toEqual([reading(celsius)]);
  });

  test.each([{}, { shape: 'labelled', suffix: 'LF' }, { shape: 'unit', suffix: 'none', decimals: 2 }])(
    'reads a thermometer set to %o, byte by byte',
    (settings) => {
      const r = rig({}, settings, (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)));
      r.act('measure', { celsius: 36.5 });
      r.idle(80);
      r.act('measure', { celsius: 38.5 });
      r.idle(80);
      expect(r.outputs).toEqual([reading(36.5), reading(38.5)]);
    },
  );

  test.each([
    ['Fahrenheit', '97.7\r', 'outside 20 to 45 degrees'],
    ['ice', '-3.5\r', 'no temperature in 4 bytes'],
    ['a cup', '60.1\r', 'outside 20 to 45 degrees'],
    ['an error text', 'Lo\r', 'no temperature in 2 bytes'],
    ['a whole number', '36\r', 'no temperature in 2 bytes'],
    ['a number in a number', '136.5\r', 'outside 20 to 45 degrees'],
    ['too many digits', '36.5123\r', 'no temperature in 7 bytes'],
    ['a barcode', 'T2211070042\r', 'no temperature in 11 bytes'],
  ])('%s is a fault and no reading', (_, text, detail) => {
    const r = rig();
    bytesIn(r, Buffer.from(text));
    expect(r.outputs).toEqual([fault(detail)]);
  });

  test('a line cut by a pulled plug is no measurement', () => {
    const r = rig();
    bytesIn(r, lines.plain.bytes);
    bytesIn(r, Buffer.from('36.'));
    for (const item of r.session.framing.flush())
      if ('frame' in item) r.outputs.push(...r.session.onFrame!(item.frame));
    expect(r.outputs).toEqual([reading(36.5), fault('a line without its end')]);
  });

  test('of the skin: the offset is added, the value is estimated, the number itself is kept', () => {
    const r = rig({ value: 'surface', offsetCelsius: 2.3 });
    r.act('measure', { celsius: 34.1 });
    expect(r.outputs).toEqual([reading(36.4, 'estimated', 34.1)]);
  });

  test('a device that sends all the time gives one reading for each person', () => {
    const r = rig({ report: 'person' });
    for (const celsius of [22, 34, 36.4, 36.6, 36.7, 36.7, 22, 22, 37.9, 37.8, 37.8]) r.act('measure', { celsius });
    expect(r.outputs).toEqual([reading(36.6), reading(37.9)]);
  });

  test('no fault repeats what came', () => {
    const r = rig();
    bytesIn(r, Buffer.from('410199199003070018\r99.9 410199\r'));
    expect(r.outputs).toHaveLength(2);
    expect(JSON.stringify(r.outputs)).not.toContain('410199');
  });
});
