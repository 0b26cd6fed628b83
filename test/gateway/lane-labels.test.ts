/** Labels of a lane: when one is printed, what waits for `reprint`, and what is never printed twice. */
import { expect, test } from 'vitest';
import type { PrintResult } from '../../device-drivers/driver.ts';
import type { EventData } from '../../gateway/contract/events.ts';
import type { Effect } from '../../gateway/lane/situation.ts';
import { createLaneLabels, type LabelRequest, type LabelWhen } from '../../gateway/lane-labels.ts';

type Answer = PrintResult['outcome'] | 'refused' | 'timeout';

function rig({
  when = {},
  renders = true as boolean | 'fault',
}: {
  when?: Partial<LabelWhen>;
  renders?: boolean | 'fault';
} = {}) {
  const sent: string[] = [];
  const records: EventData<'sampling.label-printed'>[] = [];
  const answers: Answer[] = [];
  let jobs = 0;
  const labels = createLaneLabels({
    laneOf: () => ({ printer: 'printer-1', slipPrinter: 'slip-1' }),
    when: { tube: 'on-close', box: 'on-seal', slip: 'on-person', ...when },
    async command(device, name, args) {
      sent.push(`${device} ${name} ${(args as { label: string }).label}`);
      const answer = answers.shift() ?? 'done';
      if (answer === 'refused') return { status: 'refused', why: 'not-ready' };
      if (answer === 'timeout') return { status: 'failed', fault: { code: 'no-reply' } } as never;
      const fault = answer === 'done' ? {} : { fault: { code: 'paper-out' } as const };
      return { status: 'done', result: { outcome: answer, ...fault } } as never;
    },
    render(_printer, request: LabelRequest) {
      if (renders === 'fault') return { fault: { code: 'label-invalid', detail: 'tube is not printable' } };
      return renders ? ({ label: `${request.kind} ${request.code}` } as never) : undefined;
    },
    record: (data) => records.push(data),
    newJobId: () => {
      jobs += 1;
      return `job-${jobs}`;
    },
  });
  let changes = 0;
  labels.onChanged(() => {
    changes += 1;
  });
  return {
    ...{ labels, sent, records },
    answer: (...next: Answer[]) => answers.push(...next),
    changes: () => changes,
    async after(...effects: Effect[]) {
      labels.after('lane-1', effects);
      // One turn of the loop lets every job that is not held up run to its end.
      for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    },
  };
}
const tube = (code: string, when: 'open' | 'close' = 'close'): Effect => ({
  effect: 'label',
  kind: 'tube',
  code,
  when,
});
const box = (code: string): Effect => ({ effect: 'label', kind: 'box', code, when: 'close' });
const slip: Effect = { effect: 'slip', tube: 'T1', slot: 3, shown: '张*' };
const reprint: Effect = { effect: 'reprint' };

test.each<[string, Partial<LabelWhen>, readonly Effect[], readonly string[]]>([
  ['on close', {}, [tube('T1', 'open'), tube('T1')], ['printer-1 print tube T1']],
  ['on open', { tube: 'on-open' }, [tube('T1', 'open'), tube('T1')], ['printer-1 print tube T1']],
  ['off', { tube: 'off', box: 'off', slip: 'off' }, [tube('T1', 'open'), tube('T1'), box('B1'), slip], []],
  ['a box', {}, [box('B1')], ['printer-1 print box B1']],
  ['a slip goes to its own printer', {}, [slip], ['slip-1 print slip T1']],
])('%s', async (_, when, effects, sent) => {
  const r = rig({ when });
  await r.after(...effects);
  expect(r.sent).toEqual(sent);
});

test.each<[Answer, string, number, string | undefined]>([
  ['done', 'done', 0, undefined],
  // It printed, and cannot prove it.
  ['printed_unconfirmed', 'printed_unconfirmed', 0, undefined],
  // Somebody has to look: printed again it might be there twice.
  ['unknown', 'unknown', 0, 'paper-out'],
  ['timeout', 'unknown', 0, 'no-reply'],
  ['failed', 'failed', 1, 'paper-out'],
  ['refused', 'failed', 1, 'not-ready'],
])('a printer that answers %s', async (answer, outcome, waiting, fault) => {
  const r = rig();
  r.answer(answer);
  await r.after(tube('T1'));
  expect(r.labels.state('lane-1')).toEqual({ waiting, ...(fault && { failed: fault }) });
  expect(r.records).toMatchObject([{ device: 'printer-1', lane: 'lane-1', code: 'T1', jobId: 'job-1', outcome }]);
  expect(r.sent).toHaveLength(1);
  expect(r.changes()).toBe(1);
});

test('reprint prints all that waits, oldest first, and without any the last one again', async () => {
  const r = rig();
  r.answer('failed', 'refused', 'done', 'failed');
  await r.after(tube('T1'));
  await r.after(tube('T2'));
  await r.after(reprint);
  expect(r.sent.slice(2)).toEqual(['printer-1 print tube T1', 'printer-1 print tube T2']);
  // The second failed again: it waits again.
  expect(r.labels.state('lane-1')).toEqual({ waiting: 1, failed: 'paper-out' });
  await r.after(reprint);
  await r.after(reprint);
  expect(r.sent.slice(4)).toEqual(['printer-1 print tube T2', 'printer-1 print tube T2']);
  expect(r.labels.state('lane-1')).toEqual({ waiting: 0 });
});

test('a slip whose person has gone does not wait, and names nobody in the log', async () => {
  const r = rig();
  r.answer('failed');
  await r.after(slip);
  expect(r.labels.state('lane-1')).toEqual({ waiting: 0, failed: 'paper-out' });
  expect(r.records).toEqual([
    { device: 'slip-1', lane: 'lane-1', jobId: 'job-1', copies: 1, outcome: 'failed', fault: 'paper-out' },
  ]);
});

test('a label that cannot be made is told, and nothing is sent; one that is of nothing is no label', async () => {
  const invalid = rig({ renders: 'fault' });
  await invalid.after(tube('T1'));
  expect(invalid.sent).toEqual([]);
  expect(invalid.records).toMatchObject([{ outcome: 'failed', fault: 'label-invalid' }]);
  const none = rig({ renders: false });
  await none.after(tube('T1'), reprint);
  expect([none.sent, none.records]).toEqual([[], []]);
});

test('stopped, nothing that waits its turn is printed', async () => {
  const r = rig();
  r.labels.after('lane-1', [tube('T1')]);
  r.labels.stop();
  await r.after(tube('T2'));
  expect(r.sent).toEqual([]);
});
