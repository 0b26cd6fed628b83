/**
 * Labels of the lanes: printed as jobs after the commit, one after the other on each printer, and never in the way of the
 * next person. What was certainly not printed waits for `reprint`; nothing is ever printed again by itself.
 */

import type { PrintResult } from '../device-drivers/driver.ts';
import type { EventData } from './contract/events.ts';
import type { LaneView } from './contract/lane.ts';
import type { renderLabel } from './labels/labels.ts';
import type { Effect } from './lane/situation.ts';
import type { Supervisor } from './supervisor/supervise.ts';

type Rendered = ReturnType<typeof renderLabel>;

export interface LabelLane {
  readonly printer?: string | undefined;
  readonly slipPrinter?: string | undefined;
}

export interface LabelWhen {
  readonly tube: 'off' | 'on-open' | 'on-close';
  readonly box: 'off' | 'on-seal';
  readonly slip: 'off' | 'on-person';
}

export interface LaneLabelsParts {
  readonly laneOf: (lane: string) => LabelLane;
  readonly when: LabelWhen;
  readonly command: Supervisor['command'];
  /** The label in the language of this printer, from what the hut knows now; undefined: there is nothing to print. */
  readonly render: (printer: string, request: LabelRequest) => Rendered | undefined;
  readonly record: (data: EventData<'sampling.label-printed'>) => void;
  readonly newJobId: () => string;
}

export type LabelRequest =
  | { readonly kind: 'tube' | 'box'; readonly lane: string; readonly code: string }
  | {
      readonly kind: 'slip';
      readonly lane: string;
      readonly code: string;
      readonly slot: number;
      readonly shown: string;
    };

export interface LaneLabels {
  after(lane: string, effects: readonly Effect[]): void;
  state(lane: string): LaneView['label'];
  onChanged(listener: (lane: string) => void): void;
  stop(): void;
}

interface Job {
  readonly printer: string;
  readonly request: LabelRequest;
}

/** A day's worth of tubes: who never looks at the printer loses the oldest. */
const waitingMax = 200;

export function createLaneLabels(parts: LaneLabelsParts): LaneLabels {
  const queues = new Map<string, Promise<void>>();
  const waiting = new Map<string, Job[]>();
  const failed = new Map<string, string>();
  const last = new Map<string, Job>();
  let changed: (lane: string) => void = () => {};
  let isStopped = false;

  function print(job: Job): void {
    const { printer, request } = job;
    last.set(request.lane, job);
    const before = queues.get(printer) ?? Promise.resolve();
    queues.set(
      printer,
      before.then(() => run(job)),
    );
  }

  async function run(job: Job): Promise<void> {
    const { printer, request } = job;
    const { lane, code, kind } = request;
    if (isStopped) return;
    const label = parts.render(printer, request);
    if (label === undefined) return;
    const jobId = parts.newJobId();
    const told = 'fault' in label ? undefined : await parts.command(printer, 'print', { jobId, ...label });
    if (isStopped && told?.status === 'refused') return;
    const { outcome, fault } = told ? resultOf(told) : { outcome: 'failed' as const, fault: 'label-invalid' };
    parts.record({
      ...{ device: printer, jobId, lane, copies: 1, outcome },
      ...(kind !== 'slip' && { code }),
      ...(fault !== undefined && { fault }),
    });
    if (outcome === 'done' || outcome === 'printed_unconfirmed') failed.delete(lane);
    else failed.set(lane, fault ?? outcome);
    // A slip is for somebody who has gone by now. What may have been printed is looked at, not printed twice.
    if (outcome === 'failed' && kind !== 'slip')
      waiting.set(lane, [...(waiting.get(lane) ?? []), job].slice(-waitingMax));
    changed(lane);
  }

  return {
    after(lane, effects) {
      const { printer, slipPrinter } = parts.laneOf(lane);
      for (const effect of effects) {
        if (effect.effect === 'label' && printer !== undefined && isWanted(parts.when, effect.kind, effect.when))
          print({ printer, request: { kind: effect.kind, lane, code: effect.code } });
        else if (effect.effect === 'slip' && slipPrinter !== undefined && parts.when.slip === 'on-person') {
          const { tube: code, slot, shown } = effect;
          print({ printer: slipPrinter, request: { kind: 'slip', lane, code, slot, shown } });
        } else if (effect.effect === 'reprint') {
          const jobs = waiting.get(lane) ?? [];
          waiting.delete(lane);
          const again = last.get(lane);
          for (const job of jobs.length > 0 ? jobs : again ? [again] : []) print(job);
          changed(lane);
        }
      }
    },
    state(lane) {
      const fault = failed.get(lane);
      return { waiting: waiting.get(lane)?.length ?? 0, ...(fault !== undefined && { failed: fault }) };
    },
    onChanged(listener) {
      changed = listener;
    },
    stop() {
      isStopped = true;
    },
  };
}

const isWanted = (when: LabelWhen, kind: 'tube' | 'box', at: 'open' | 'close') =>
  kind === 'tube' ? when.tube === `on-${at}` : when.box === 'on-seal';

function resultOf(told: Awaited<ReturnType<Supervisor['command']>>): {
  outcome: PrintResult['outcome'];
  fault?: string;
} {
  if (told.status === 'refused') return { outcome: 'failed', fault: told.why };
  if (told.status !== 'done') return { outcome: 'unknown', fault: told.fault.code };
  const { outcome, fault } = told.result as PrintResult;
  return { outcome, ...(fault && { fault: fault.code }) };
}
