/**
 * The life of one configured device as a pure transition function. Failures are states: they hold the fault and the time
 * of the next try.
 */
import type { Identity } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';

interface Trying {
  /** Failed tries in a row; a long enough time ready clears them. */
  readonly failures: number;
}

interface Waiting extends Trying {
  readonly reason: Fault;
  /** Monotonic; undefined: as soon as the device is there. */
  readonly retryAtMs?: number;
}

export type Lifecycle =
  | (Trying & { readonly state: 'opening' })
  | (Trying & { readonly state: 'identifying'; readonly condition: Fault | null })
  | (Trying & { readonly state: 'ready'; readonly identity: Identity; readonly readyAtMs: number })
  | (Trying & {
      readonly state: 'degraded';
      readonly identity: Identity;
      readonly readyAtMs: number;
      readonly reason: Fault;
    })
  | (Waiting & { readonly state: 'missing' })
  | (Waiting & { readonly state: 'fault' });

export type LifecycleEvent =
  /** The link is open. */
  | { readonly type: 'opened' }
  | { readonly type: 'identified'; readonly identity: Identity }
  | { readonly type: 'condition'; readonly condition: Fault | null }
  /** The try or the connection ended. */
  | { readonly type: 'ended'; readonly fault: Fault }
  /** A look found nothing at the path. */
  | { readonly type: 'gone' }
  /** A look found something at the path where nothing or something else was: a new plug begins with a clean slate. */
  | { readonly type: 'appeared' }
  | { readonly type: 'retry' };

const backOffFirstMs = 500;
/** A device whose plug nobody sees (a network printer, a cable behind an adapter) is back within 3 s of being put back. */
export const backOffMaxMs = 2_000;
const readyClearsFailuresMs = 10_000;

export const born: Lifecycle = { state: 'opening', failures: 0 };

/** `random`: 0 <= x < 1. Returns `now` itself when the event changes nothing. */
export function transition(now: Lifecycle, event: LifecycleEvent, atMs: number, random: () => number): Lifecycle {
  const { failures } = now;
  switch (event.type) {
    case 'opened':
      return now.state === 'opening' ? { state: 'identifying', failures, condition: null } : now;
    case 'identified': {
      if (now.state !== 'identifying') return now;
      return withCondition({ failures, identity: event.identity, readyAtMs: atMs }, now.condition);
    }
    case 'condition':
      if (now.state === 'identifying') return { ...now, condition: event.condition };
      if (now.state !== 'ready' && now.state !== 'degraded') return now;
      return withCondition({ failures, identity: now.identity, readyAtMs: now.readyAtMs }, event.condition);
    case 'ended': {
      const wasStable = 'readyAtMs' in now && atMs - now.readyAtMs >= readyClearsFailuresMs;
      const before = wasStable ? 0 : failures;
      return {
        state: event.fault.code === 'port-missing' ? 'missing' : 'fault',
        failures: before + 1,
        reason: event.fault,
        retryAtMs: atMs + backOffMs(before, random()),
      };
    }
    case 'gone':
      if (now.state === 'missing') return now.retryAtMs === undefined ? now : { ...now, retryAtMs: undefined };
      return now.state === 'fault' ? { state: 'missing', failures, reason: { code: 'port-missing' } } : now;
    case 'appeared':
      return now.state === 'missing' || now.state === 'fault' ? born : now;
    case 'retry':
      return now.state === 'missing' || now.state === 'fault' ? { state: 'opening', failures } : now;
  }
}

/** Doubles from 0.5 s to 2 s; up to a quarter shorter by chance, so that devices that failed together do not retry together. */
export function backOffMs(failuresBefore: number, random: number): number {
  return Math.min(backOffFirstMs * 2 ** failuresBefore, backOffMaxMs) * (1 - random / 4);
}

function withCondition(
  connected: Trying & { identity: Identity; readyAtMs: number },
  condition: Fault | null,
): Lifecycle {
  return condition ? { state: 'degraded', ...connected, reason: condition } : { state: 'ready', ...connected };
}
