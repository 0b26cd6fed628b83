/** The thread the store file lives in: opens it, then carries messages to the service and answers back. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type OpenedDirectory, openDirectory, StoreOpenError } from './directory.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { reserveAt } from './reserve.ts';
import { createService } from './service.ts';
import type { WorkerSettings } from './settings.ts';
import type { Batch } from './store.ts';

const port = parentPort!;
const settings = workerData as WorkerSettings;
const say = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
/** CLOCK_MONOTONIC, the same clock the drafts carry. */
const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;

/** A confirmation is on its way to the file within this time. */
const flushWithinMs = 1_000;
const retryEveryMs = 1_000;

function serve(opened: OpenedDirectory): void {
  let retrying: NodeJS.Timeout | undefined;
  let flushing: NodeJS.Timeout | undefined;
  let tidying = false;
  const reserve = reserveAt(join(settings.dir, 'reserve'));
  const service = createService({
    database: opened.database,
    reserve,
    monotonicMs,
    suspect: opened.suspect,
    onCondition(condition) {
      clearInterval(retrying);
      if (condition.state === 'disk-full') retrying = setInterval(service.retry, retryEveryMs);
      say({ condition });
    },
  });
  reserve.hold();

  /** Between messages, so that an append never waits for more than one step. */
  const tidy = () => {
    if (tidying) return;
    tidying = true;
    setImmediate(() => {
      tidying = false;
      if (service.tidy()) tidy();
    });
  };

  port.on('message', (message: ToWorker) => {
    if ('notice' in message) {
      service.notice(message.notice);
      if (message.notice.op === 'retain') return tidy();
      flushing ??= setTimeout(() => {
        flushing = undefined;
        service.flush();
      }, flushWithinMs);
      return;
    }
    const { id, request } = message;
    const result = service.answer(request);
    const transfer = 'answer' in result && request.op === 'batches' ? payloadsOf(result.answer) : [];
    say({ id, ...result }, transfer);
    if (request.op === 'append') tidy();
    if (request.op !== 'close') return;
    clearInterval(retrying);
    clearTimeout(flushing);
    opened.release();
    port.close();
  });
}

/** Those with memory of their own. */
const payloadsOf = (answer: unknown) =>
  (answer as readonly Batch[]).map(({ payload }) => payload.buffer).filter((buffer) => buffer instanceof ArrayBuffer);

try {
  const opened = openDirectory({ ...settings, monotonicMs });
  serve(opened);
  say({ opened: { epoch: opened.database.epoch, last: opened.database.last() } });
} catch (error) {
  const why = error instanceof StoreOpenError ? error.why : 'failed';
  say({ openFailed: { why, message: error instanceof Error ? error.message : String(error) } });
  port.close();
}
