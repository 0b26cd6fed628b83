/** Sampling events on their way into the log, and as they come out of it again. */
import type { EventData } from '../contract/events.ts';
import type { samplingEvents } from '../contract/sampling-events.ts';
import type { Stamp } from './entities.ts';

export type SamplingType = keyof typeof samplingEvents;

/** What a lane decided, or what a printer did for one. `personal` is to be sealed into `data.pii`; `pii` was sealed earlier (a group that gets its tube). */
export type LaneEvent = {
  readonly [T in SamplingType]: {
    readonly type: T;
    readonly subject?: string;
    readonly data: Omit<EventData<T>, 'pii'>;
    readonly personal?: Readonly<Record<string, unknown>>;
    readonly pii?: string;
  };
}[SamplingType];

/** What evolve needs of an event: the same whether it was decided just now or is read from the log. */
export type Happened = LaneEvent & { readonly at: Stamp };
