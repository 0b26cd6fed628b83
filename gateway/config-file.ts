/**
 * The configuration file of a running gateway: which one is in use, and what became of the last one that was asked for. A
 * reload reads the file whole; what is wrong with it, or what is under way at a lane, leaves everything as it is.
 */
import type { Clock } from '../device-drivers/clock.ts';
import type { ConfigCheck, ConfigView } from './contract/api.ts';
import type { Log } from './log.ts';
import { rfc3339 } from './wall-time.ts';

export interface ConfigFile {
  view(): ConfigView;
  /** Looks at the file on the disk and changes nothing. Asked for by many at once it looks once. */
  check(): Promise<ConfigCheck>;
  /** Resolves when it is over, whatever came of it. Those asked for while one waits for its turn are one. */
  reload(): Promise<void>;
  /** Called after each reload; returns how to stop that. */
  onReloaded(listener: (view: ConfigView) => void): () => void;
  /** Begins no other reload; resolves when the one under way is over. */
  stop(): Promise<void>;
}

export interface ConfigFileParts<Loaded extends { readonly sha256: string }> {
  readonly file: string;
  readonly started: Loaded;
  /** Lines `FILE:LINE:COL key: …` of all that is wrong; they hold no value of the file. */
  readonly load: () => Promise<Loaded | { readonly problems: readonly string[] }>;
  /** All that is wrong with the file and those that it refers to, also what a start would only warn of. */
  readonly lint: () => Promise<readonly string[]>;
  /** Why it may not be taken over now, a line for each reason. */
  readonly inTheWay: (next: Loaded) => readonly string[];
  /** Takes it over. Why it could not be started, when the one before is in use again; rejects when neither can. */
  readonly apply: (next: Loaded) => Promise<string | undefined>;
  readonly failed: (error: unknown) => void;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly log: Pick<Log, 'error'>;
}

type Last = NonNullable<ConfigView['last']>;

/** Nobody mends more at once; the command line shows all of them. */
const problemsMax = 50;
const charactersMax = 300;

export function createConfigFile<Loaded extends { readonly sha256: string }>(
  parts: ConfigFileParts<Loaded>,
): ConfigFile {
  const { file, log } = parts;
  const now = () => rfc3339(parts.clock.wallMs());
  let inUse = { sha256: parts.started.sha256, loadedAt: now() };
  let last: Last | undefined;
  let isStopping = false;
  let underWay: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  let checking: Promise<ConfigCheck> | undefined;
  const listeners = new Set<(view: ConfigView) => void>();
  const view = (): ConfigView => ({ file, ...inUse, ...(last && { last }) });

  function ended(outcome: Last['outcome'], problems: readonly string[]): void {
    last = { count: (last?.count ?? 0) + 1, at: now(), outcome, ...shown(problems) };
    for (const listener of listeners) listener(view());
  }

  async function reloadNow(): Promise<void> {
    if (isStopping) return;
    const next = await parts.load();
    if ('problems' in next) {
      log.error({ problems: shown(next.problems).problems }, 'the new configuration is not right; the old one stays');
      return ended('wrong', next.problems);
    }
    const inTheWay = parts.inTheWay(next);
    if (inTheWay.length > 0) {
      log.error({ problems: inTheWay }, 'lanes are at work; the old configuration stays');
      return ended('lanes-at-work', inTheWay);
    }
    const notStarted = await parts.apply(next);
    if (notStarted !== undefined) return ended('not-started', [notStarted]);
    inUse = { sha256: next.sha256, loadedAt: now() };
    ended('taken-over', []);
  }

  async function checkNow(): Promise<ConfigCheck> {
    const lines = await parts.lint();
    const next = lines.length > 0 ? { problems: lines } : await parts.load();
    const at = now();
    if ('problems' in next) return { at, inUse: false, ...shown(next.problems), inTheWay: [] };
    return {
      ...{ at, sha256: next.sha256, inUse: next.sha256 === inUse.sha256 },
      ...{ problems: [], more: 0, inTheWay: [...parts.inTheWay(next)] },
    };
  }

  return {
    view,
    check() {
      checking ??= checkNow().finally(() => {
        checking = undefined;
      });
      return checking;
    },
    reload() {
      if (!waiting) {
        waiting = underWay.then(() => {
          waiting = undefined;
          return reloadNow().catch(parts.failed);
        });
        underWay = waiting;
      }
      return waiting;
    },
    onReloaded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      isStopping = true;
      return underWay;
    },
  };
}

function shown(problems: readonly string[]): { problems: string[]; more: number } {
  const lines = problems.flatMap((problem) => problem.split('\n'));
  return {
    problems: lines.slice(0, problemsMax).map((line) => Array.from(line).slice(0, charactersMax).join('')),
    more: Math.max(0, lines.length - problemsMax),
  };
}
