/**
 * What every printer owes of a job: one answer per job id, and the difference between a label that never left this
 * process and one that may be in the printer.
 */
import type { Conversation, PrintJob, PrintResult } from './driver.ts';
import { LinkLost } from './link.ts';

const jobsKnownMax = 256;

/**
 * Wraps a printer's own conversation. It calls `sending` right before the first byte of the label: a link that is lost
 * before is `failed`, after it `unknown`. The same job id again gets the first answer, and nothing is sent.
 *
 * The memory of job ids is that of one connection. It answers a key pressed twice; it cannot know the jobs of an
 * earlier connection. So who gives jobs must never give one again whose answer was `unknown` or which died with the
 * link: after a person has looked, printing again is a new job.
 */
export function oncePerJob<F>(
  print: (job: PrintJob, sending: () => void) => Conversation<F, PrintResult>,
): (job: PrintJob) => Conversation<F, PrintResult> {
  const results = new Map<string, PrintResult>();
  return function* (job) {
    const known = results.get(job.jobId);
    if (known) return { ...known, repeated: true };
    let isSent = false;
    let result: PrintResult;
    try {
      result = yield* print(job, () => {
        isSent = true;
      });
    } catch (error) {
      if (!(error instanceof LinkLost)) throw error;
      result = { outcome: isSent ? 'unknown' : 'failed', fault: { code: 'link-lost' } };
    }
    results.set(job.jobId, result);
    if (results.size > jobsKnownMax) results.delete(results.keys().next().value!);
    return result;
  };
}

export const copiesMax = 100;

export const isCopies = (copies: number): boolean => Number.isInteger(copies) && copies >= 1 && copies <= copiesMax;
