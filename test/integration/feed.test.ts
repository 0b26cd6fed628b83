/** The live feed of a whole hut knows of everything that is in the store: also of labels, sign-ins and the gateway's own events. */
import { expect, onTestFinished, test } from 'vitest';
import { readLocalToken } from '../../gateway/api/local-token.ts';
import { connectLive } from '../support/live-client.ts';
import { until } from '../support/until.ts';
import { laneHut, operators, phone, phoneOf, printer, tube } from './lane-hut.ts';

test('its cursor is where the store is, after a label and after a sign-in, and nothing of persons is on it', async () => {
  const hut = await laneHut({ devices: [printer] });
  const { view, url } = hut.gateway();
  const isTold = (what: string) =>
    until(`the feed where the store is: ${what}`, async () => {
      const { streams } = await view.storeStatus();
      const told = view.cursor();
      return streams.every(({ stream, lastSeq }) => told[stream] === lastSeq);
    });
  const headers = { authorization: `Bearer ${await readLocalToken(hut.dataDir)}` };
  const page = await connectLive(url, '', headers);
  onTestFinished(() => page.close());
  const told = (type: string) => page.first('committed', ({ eventType }) => eventType === type);

  expect((await told('audit.config-applied')).summary).toBe('file applied');
  await isTold('the start');
  await hut.one.signIn();
  expect((await told('audit.operator-signed-in')).summary).toBe('lane-1 op-001');
  await isTold('a sign-in');
  await hut.one.scanAll(tube(1), phone(1), phone(2));
  await hut.one.tap('close-tube');
  const label = await told('sampling.label-printed');
  expect(label).toMatchObject({ device: 'printer-1', summary: `lane-1 ${tube(1)} done` });
  await isTold('a label');
  await fetch(`${url}/api/sign-out`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json', cookie: hut.one.cookie() }, body: '{}' },
  });
  await told('audit.operator-signed-out');
  await isTold('a sign-out');

  const events = page.messages.flatMap((message) => (message.type === 'committed' ? [message] : []));
  for (const stream of ['sampling', 'audit', 'reading']) {
    const seqs = events.flatMap((event) => (event.stream === stream ? [event.seq] : []));
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  }
  const text = JSON.stringify(page.messages);
  for (const secret of ['410199', 'QR:', phoneOf(1), operators[0].badge, operators[0].pin, 'personRef'])
    expect(text).not.toContain(secret);
});
