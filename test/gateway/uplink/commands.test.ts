import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CommandResultMessage } from '../../../gateway/contract/messages.ts';
import type { ClockQuality } from '../../../gateway/contract/streams.ts';
import { type CommandHandler, createCommands } from '../../../gateway/uplink/commands.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { silent } from './hut.ts';

function rig(handler: CommandHandler = async () => undefined, quality: ClockQuality = 'synced') {
  const results: CommandResultMessage[] = [];
  const executed: string[] = [];
  const commands = createCommands({
    handlers: new Map([['ping', handler]]),
    clock: manualClock(Date.parse('2022-11-07T00:00:00Z')),
    clockQuality: () => quality,
    publish: (result) => results.push(result),
    executed: ({ commandId }) => executed.push(commandId),
    log: silent,
  });
  const send = (more: object = {}, retained = false) =>
    commands.receive(Buffer.from(JSON.stringify({ ...ping, ...more })), retained);
  return { commands, results, executed, send };
}
const ping = {
  commandId: 'c-1',
  name: 'ping',
  issuedAt: '2022-11-06T23:59:00Z',
  expiresAt: '2022-11-07T08:01:00+08:00',
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a command that expires this very moment has expired', async () => {
  const { send, results } = rig();
  send({ expiresAt: '2022-11-07T08:00:00+08:00' });
  expect(results).toEqual([{ commandId: 'c-1', status: 'expired' }]);
});

test('with a clock that was never set nobody knows what has expired', () => {
  const { send, results } = rig(undefined, 'unsynced');
  send();
  expect(results).toMatchObject([{ status: 'rejected', error: expect.stringContaining('clock') }]);
});

test('a retained command is not executed, and does not make the real one a repetition', async () => {
  const { send, results, executed } = rig();
  send({}, true);
  expect(results).toMatchObject([{ status: 'rejected' }]);
  send();
  await settled();
  expect(executed).toEqual(['c-1']);
});

test('the ids of the last 1,024 commands are remembered, not more', async () => {
  const { send, results } = rig();
  for (let i = 0; i < 1_100; i += 1) {
    send({ commandId: `c-${i}` });
    await settled();
  }
  results.length = 0;
  send({ commandId: 'c-1099' });
  send({ commandId: 'c-0' });
  expect(results).toMatchObject([{ status: 'duplicate' }, { status: 'accepted' }]);
});

test('commands that do not end do not pile up', async () => {
  const { send, results } = rig(() => new Promise(() => {}));
  for (let i = 0; i < 6; i += 1) send({ commandId: `c-${i}` });
  expect(results.map(({ status }) => status)).toEqual([
    'accepted',
    'accepted',
    'accepted',
    'accepted',
    'rejected',
    'rejected',
  ]);
});

test('whatever arrives, nothing is thrown and nothing but ping is executed', () => {
  const { commands, executed } = rig();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        commands.receive(bytes, false);
        expect(executed).toEqual([]);
      },
    ),
  );
});
