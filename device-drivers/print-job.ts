/**
 * What every printer owes of a job: one answer per job id, the difference between a label that never left this process
 * and one that may be in the printer, and how many of its characters the printer's font lacks. And what is the same of
 * every printer: its options, how long it may take, which answers may still be on their way.
 */
import { z } from 'zod';
import { type Conversation, type DriverContext, type PrintJob, type PrintResult, type Step, send } from './driver.ts';
import type { Fault } from './faults.ts';
import { LinkLost } from './link.ts';

export const printerOptions = {
  statusEveryMs: z.int().min(500).max(600_000).default(3_000).describe('Time from one status query to the next'),
  replyWithinMs: z.int().min(100).max(5_000).default(1_000).describe('Time the printer has to answer a query'),
};

export const codePageHelp = 'Characters that its font has; each other one is printed as 〓 and counted';

/** The bytes of one job, and how many characters in it are not as they were asked for. */
export interface EncodedJob {
  readonly bytes: Uint8Array;
  readonly substituted: number;
}

/** The detail names a place, never a content. */
export const labelInvalid = (detail: string): Fault => ({ code: 'label-invalid', detail });

export const faultOf = (encoded: EncodedJob | Fault): Fault | undefined => ('code' in encoded ? encoded : undefined);

/** `fault` stops printing, `warning` does not. */
export interface PrinterHealth {
  readonly fault?: Fault;
  readonly warning?: Fault;
}

const copiesMax = 100;
const isCopies = (copies: number): boolean => Number.isInteger(copies) && copies >= 1 && copies <= copiesMax;

/** From the moment the label is in the printer. */
export const jobDeadlineMs = (copies: number): number => 5_000 + 2_000 * copies;

/** Half the speed of 9600 baud, so that only a printer that holds the line by XOFF runs into it. */
const sendWithinMs = (bytes: number) => 5_000 + 2 * bytes;

const jobsKnownMax = 256;

/**
 * The command `print` of a printer. `encode` needs nothing of the printer, and a fault from it means that there is nothing
 * to send. `print` calls `deliver` to send the label: a link that is lost before is `failed`, after it `unknown`. The same
 * job id again gets the first answer, and nothing is sent.
 *
 * The memory of job ids is that of one connection. It answers a key pressed twice; it cannot know the jobs of an
 * earlier connection. So who gives jobs must never give one again whose answer was `unknown` or which died with the
 * link: after a person has looked, printing again is a new job.
 */
export function oncePerJob<F>(
  encode: (job: PrintJob) => EncodedJob | Fault,
  print: (copies: number, deliver: () => Generator<Step, void, unknown>) => Conversation<F, PrintResult>,
): (job: PrintJob) => Conversation<F, PrintResult> {
  const results = new Map<string, PrintResult>();

  function* run(job: PrintJob): Conversation<F, PrintResult> {
    const encoded = isCopies(job.copies ?? 1) ? encode(job) : labelInvalid('copies');
    if ('code' in encoded) return { outcome: 'failed', fault: encoded };
    const { bytes, substituted } = encoded;
    let isSent = false;
    try {
      const result = yield* print(job.copies ?? 1, function* () {
        isSent = true;
        yield* send(bytes, sendWithinMs(bytes.length));
      });
      return substituted > 0 && result.outcome !== 'failed' ? { ...result, substituted } : result;
    } catch (error) {
      if (!(error instanceof LinkLost)) throw error;
      return { outcome: isSent ? 'unknown' : 'failed', fault: { code: 'link-lost' } };
    }
  }

  return function* (job) {
    const known = results.get(job.jobId);
    if (known) return { ...known, repeated: true };
    const result = yield* run(job);
    results.set(job.jobId, result);
    if (results.size > jobsKnownMax) results.delete(results.keys().next().value!);
    return result;
  };
}

/** A status query this old is not answered any more. */
const staleAfterMs = 10_000;
const queriesKeptMax = 8;

/** Queries without an answer: their answers may still come, and speak of the past. */
export function unansweredQueries({ monotonicMs }: DriverContext): { add(askedAtMs: number): void; count(): number } {
  let atMs: number[] = [];
  return {
    add(askedAtMs) {
      atMs = [...atMs.slice(1 - queriesKeptMax), askedAtMs];
    },
    count: () => atMs.filter((askedAtMs) => monotonicMs() - askedAtMs < staleAfterMs).length,
  };
}
