import { expect, test } from 'vitest';
import { printerTspl } from '../../../simulators/devices/printer-tspl.ts';
import { simulatedDevice } from '../../support/simulated-device.ts';
import { long, short } from '../../vectors/printer-tspl.ts';

function start(options: unknown = {}) {
  const { ask, ...simulated } = simulatedDevice(printerTspl, options);
  return { ...simulated, say: (text: string, waitMs = 0) => hex(ask(text, waitMs)) };
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('its answers are the golden ones', () => {
  const { say, act } = start();
  expect([say('\x1b!?'), say('\x1b!S')]).toEqual([hex(short.ready), hex(long.ready)]);
  act('lid', { open: true });
  expect([say('\x1b!?'), say('\x1b!S')]).toEqual([hex(short.headOpen), hex(long.headOpen)]);
  act('paper', { labels: 0 });
  expect(say('\x1b!?')).toBe(hex(short.paperOutHeadOpen));
  act('lid', { open: false });
  expect([say('\x1b!?'), say('\x1b!S')]).toEqual([hex(short.paperOut), hex(long.paperEmpty)]);
  act('paper', {});
  act('pause', {});
  expect([say('\x1b!?'), say('\x1b!S')]).toEqual([hex(short.paused), hex(long.paused)]);
  act('pause', {});
  say('CLS\r\nPRINT 1\r\n');
  expect([say('\x1b!?'), say('\x1b!S')]).toEqual([hex(short.printing), hex(long.printing)]);
});

test('a status question is heard between any two bytes of a job, which is printed as if there had been none', () => {
  const job = 'SIZE 50 mm,30 mm\r\nCLS\r\nTEXT 1,1,"2",0,1,1,"A"\r\nPRINT 1,1\r\n';
  for (let at = 0; at < job.length - 1; at++) {
    const { clock, say, printed } = start();
    expect(say(`${job.slice(0, at)}\x1b!?`)).toBe('00');
    say(job.slice(at));
    clock.advance(1_000);
    expect(printed()).toEqual(['SIZE 50 mm,30 mm\r\nCLS\r\nTEXT 1,1,"2",0,1,1,"A"']);
  }
});

test('in the payload of a BITMAP the same bytes are picture', () => {
  const { clock, say, printed } = start();
  expect(say('CLS\r\nBITMAP 8,8,3,2,0,\x1b!?\x1b!S')).toBe('');
  expect(say('\x1b!?')).toBe('00');
  say('\r\nPRINT 1\r\n');
  clock.advance(1_000);
  expect(printed()).toEqual(['CLS\r\nBITMAP 8,8,3,2,0,1b213f1b2153']);
});

test('ESC !D forbids questions until ~!E; power off forgets everything but what lies there', () => {
  const { clock, device, say } = start();
  say('\x1b!D');
  expect(say('\x1b!?')).toBe('');
  say('~!E\r\n');
  expect(say('\x1b!?')).toBe('00');
  say('CLS\r\nPRINT 1\r\n');
  clock.advance(600);
  say('PRINT 3\r\nTEXT 1');
  device.power(false);
  expect(say('\x1b!?')).toBe('');
  device.power(true);
  clock.advance(60_000);
  expect(device.state()).toMatchObject({ printedTotal: 1, spoiled: 1, labelsWaiting: 0, partialLine: false });
});
