/**
 * A process that lives to be killed: opens a store (compiled), does what its plan says, tells on stdout what was
 * acknowledged, and kills itself with SIGKILL at the n-th passing of one step.
 */
import { writeSync } from 'node:fs';
import { openDirectory } from '../../../../dist/gateway/store/directory.js';

const { dir, killAt, killOn, bootId, monoMs, plan } = JSON.parse(process.argv[2]);
const say = (value) => writeSync(1, `${JSON.stringify(value)}\n`);
let passed = 0;
const step = (name) => {
  if (name !== killAt) return;
  passed += 1;
  if (passed === killOn) process.kill(process.pid, 'SIGKILL');
};

const { database } = openDirectory({
  dir,
  origin: { region: 'jinshui', gateway: 'hut-0417', bootId },
  keep: { confirmedForMs: 1e9, sealedForMs: 1e9 },
  openedAt: { time: '2022-11-07T07:13:08.412+08:00', monoMs, clockQuality: 'synced' },
  monotonicMs: () => monoMs,
  step,
});
const limits = { eventsMax: 3, payloadBytesMax: 131072, batchesMax: 100 };
for (const act of plan) {
  if (act.append) say({ appended: database.append(act.append) });
  if (act.batches)
    say({ batches: database.batches(act.batches, act.after, limits).map((b) => new TextDecoder().decode(b.payload)) });
  if (act.confirm) database.confirm(act.confirm, act.upTo);
  if (act.sent) database.sent(act.sent, act.upTo);
  if (act.flush) database.flush();
  if (act.quarantine) {
    database.quarantine(act.quarantine, act.seq, 'test', act.audit);
    say({ quarantined: act.seq });
  }
}
say({ done: true });
process.kill(process.pid, 'SIGKILL');
