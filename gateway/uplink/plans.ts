/**
 * Campaign plans of the centre (retained, for all huts of a region): each version is handed over once, and the centre is told
 * on `config/reported` what became of it. An empty payload clears nothing: a hut goes on with the plan it has.
 */
import { createHash } from 'node:crypto';
import {
  type ConfigReportedMessage,
  type PlanMessage,
  parseMessage,
  plan,
  configDesired as versioned,
} from '../contract/messages.ts';
import type { Log } from '../log.ts';

/**
 * Keeps a plan, or says why not: one line for each key, empty when it is kept. Throws when it could not be kept for now;
 * then it is tried again when the plan comes the next time.
 */
export type PlanHandler = (plan: PlanMessage) => readonly string[] | Promise<readonly string[]>;

export interface PlansOptions {
  readonly apply: PlanHandler;
  readonly appliedVersion: string | undefined;
  readonly report: (message: ConfigReportedMessage) => void;
  readonly ignored: (what: string) => void;
  readonly log: Log;
}

export interface Plans {
  receive(payload: Uint8Array): void;
}

export function createPlans({ apply, appliedVersion, report, ignored, log }: PlansOptions): Plans {
  let known: { version: string; sha256?: string; errors: readonly string[] } | undefined =
    appliedVersion === undefined ? undefined : { version: appliedVersion, errors: [] };
  let last: Promise<void> = Promise.resolve();

  const tell = (version: string, sha256: string, errors: readonly string[]) =>
    report({ version, sha256, status: errors.length > 0 ? 'rejected' : 'applied', errors: [...errors] });

  async function take(payload: Uint8Array): Promise<void> {
    const sha256 = createHash('sha256').update(payload).digest('hex');
    const parsed = parseMessage(plan, payload);
    if (parsed.problem !== undefined) {
      ignored(`plan: ${parsed.problem}`);
      const version = parseMessage(versioned, payload).value?.version;
      if (version !== undefined) tell(version, sha256, [parsed.problem]);
      return;
    }
    const { version } = parsed.value;
    // What was refused may be mended under its version; what is in force changes only with another one.
    const isKnown = known?.version === version && (known.errors.length === 0 || known.sha256 === sha256);
    // Said again all the same: the first report may have died with its connection.
    if (known && isKnown) return tell(version, known.sha256 ?? sha256, known.errors);
    let errors: readonly string[];
    try {
      errors = await apply(parsed.value);
    } catch (error) {
      log.error({ version, error: (error as Error).message }, 'a campaign plan could not be kept');
      return;
    }
    known = { version, sha256, errors };
    if (errors.length > 0) for (const error of errors) ignored(`plan: ${error}`);
    else log.info({ version }, 'campaign plan');
    tell(version, sha256, errors);
  }

  return {
    receive(payload) {
      if (payload.length === 0) return;
      last = last.then(() => take(payload));
    },
  };
}
