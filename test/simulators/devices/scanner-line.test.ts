import { describe, expect, test } from 'vitest';
import { scannerLine } from '../../../simulators/devices/scanner-line.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { lines } from '../../vectors/scanner-line.ts';

function scanner(options: object = {}) {
  const sent: string[] = [];
  const device = scannerLine.create(scannerLine.options.parse(options), {
    clock: manualClock(),
    random: () => 0.5,
    send: (bytes) => sent.push(Buffer.from(bytes).toString('hex')),
  });
  const action = device.actions.get('scan')!;
  return { sent, device, scan: (args: object) => action.run(action.args.parse(args)) };
}
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a simulated line scanner', () => {
  test('sends the golden bytes', () => {
    const { sent, scan } = scanner();
    scan({ text: 'ZZ2211220001' });
    scan({ text: 'ZZ2211220001', symbology: ']C0' });
    scan({ text: '郑州' });
    scan({ text: '郑州', encoding: 'gb18030' });
    expect(sent).toEqual(
      [lines.code128, lines.code128WithAim, lines.utf8, lines.gb18030].map(({ bytes }) => hexOf(bytes)),
    );
  });

  test('sends suffix and identifier as it is set', () => {
    const { sent, scan } = scanner({ suffix: 'CRLF', symbologyId: true });
    scan({ text: 'T1' });
    scan({ text: 'T1', suffix: 'none' });
    expect(sent).toEqual([Buffer.from(']C0T1\r\n'), Buffer.from(']C0T1')].map(hexOf));
  });

  test('scans nothing without power', () => {
    const { sent, device, scan } = scanner();
    device.power(false);
    expect(() => scan({ text: 'T1' })).toThrow('no power');
    device.power(true);
    scan({ text: 'T1' });
    expect(sent).toHaveLength(1);
    expect(device.state()).toEqual({ powered: true, scans: 1, lastText: 'T1' });
  });
});
