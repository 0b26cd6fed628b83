/** Labels that are to be scanned back: a gateway process, a printer that runs out, the wrong label, and the power. */
import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { arrived, dataOf, laneProcessHut, phone, printer, tube } from '../lane-hut.ts';
import { deviceOf, lookAt, ready, verified } from '../whole-hut.ts';

const scanBack = { labels: { scanBack: true } };

test('a printed label is asked for until its own barcode was scanned, over paper out, a wrong label and kill -9', async () => {
  const hut = await laneProcessHut({ devices: [printer], more: scanBack });
  const { one } = hut;
  let gateway = hut.start();
  await ready(hut);
  await one.signIn();
  const fill = async (n: number) => {
    await one.scanAll(tube(n), phone(n));
    return one.tap('close-tube');
  };
  /** What a scanner reads off the label that lies in the tray, the n-th from the first. */
  const onLabel = async (n: number) => {
    const { printed } = (await lookAt(hut, 'printer-1')) as unknown as { printed: readonly string[] };
    return /\^BC[^^]*\^FH\^FD([^^]*)\^FS/.exec(printed[n] ?? '')?.[1] ?? '';
  };
  const asked = (...codes: string[]) =>
    one.until(`asks for ${codes.join(' ')}`, ({ label }) => (label.unchecked ?? []).join(' ') === codes.join(' '));

  expect(await fill(1)).toMatchObject({ tone: 'ok', code: 'tube-closed' });
  await asked(tube(1));
  // Out of paper: the next tube is filled all the same, its label waits and is not asked for.
  await hut.rack.act('printer-1', 'paper', { labels: 0 });
  await until('no paper', async () => (await deviceOf(hut, 'printer-1'))?.reason?.code === 'paper-out');
  expect(await fill(2)).toMatchObject({ tone: 'ok', code: 'tube-closed' });
  await one.until('one waits', ({ label }) => label.waiting === 1 && label.failed === 'paper-out');
  await asked(tube(1));
  expect(await one.scan(tube(2))).toMatchObject({
    ...{ tone: 'refused', code: 'label-of-other', values: { code: '0002', expected: '0001' } },
  });
  // Nothing of it is in the way of the next one.
  expect(await one.scanAll(tube(3), phone(3))).toMatchObject({ tone: 'ok', code: 'person-added' });
  await hut.rack.act('printer-1', 'paper', {});
  await until('paper', async () => (await deviceOf(hut, 'printer-1'))?.state === 'ready');
  expect(await one.scan('HUTGATE:REPRINT')).toMatchObject({ tone: 'noted', code: 'reprinting' });
  await asked(tube(2), tube(1));

  await gateway.kill('SIGKILL');
  await verified(hut);
  gateway = hut.start();
  await ready(hut);
  await asked(tube(2), tube(1));
  expect(await one.scan(await onLabel(0))).toMatchObject({
    tone: 'ok',
    code: 'label-checked',
    values: { code: '0001' },
  });
  await gateway.kill('SIGKILL');
  await verified(hut);
  gateway = hut.start();
  await ready(hut);
  await asked(tube(2));
  expect(await one.scan(tube(3))).toMatchObject({ tone: 'ok', code: 'tube-confirmed' });
  expect(await one.scan(await onLabel(1))).toMatchObject({
    tone: 'ok',
    code: 'label-checked',
    values: { code: '0002' },
  });
  await asked();
  expect(await one.scan(phone(4))).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 2 } });
  expect(await one.scan(await onLabel(1))).toMatchObject({ tone: 'repeat', code: 'label-is-checked' });
  await arrived(hut);
  expect(dataOf(hut, 'label-checked')).toMatchObject([
    { lane: 'lane-1', operator: 'op-001', code: tube(1) },
    { lane: 'lane-1', operator: 'op-001', code: tube(2) },
  ]);
  expect(await gateway.kill('SIGTERM')).toBe(0);
  await verified(hut);
});
