/**
 * A line that goes wrong, from a seed. It knows no protocol. Every fault is a probability per byte, one draw per byte and
 * at most one fault on it, so that a run repeats itself however the kernel cuts the chunks.
 */
import { z } from 'zod';
import type { Clock } from '../device-drivers/clock.ts';

const probability = z.number().min(0).max(1);

const faultKinds = ['drop', 'flip', 'duplicate', 'split', 'stall', 'hangUp'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Probabilities per byte, and how long the faults last. */
export const faultSettingsShape = {
  drop: probability.optional().describe('the byte is lost'),
  flip: probability.optional().describe('one bit of the byte is turned over'),
  duplicate: probability.optional().describe('the byte arrives twice'),
  split: probability.optional().describe('a short gap follows the byte'),
  stall: probability.optional().describe('a long gap follows the byte'),
  hangUp: probability.optional().describe('the cable slips out after the byte, and in again'),
  splitMs: z.number().min(0).optional().describe('length of a split, 2 ms if not given'),
  stallMs: z.number().min(0).optional().describe('length of a stall, 1000 ms if not given'),
  hangUpMs: z.number().min(0).optional().describe('how long the cable stays out, 500 ms if not given'),
};

export type FaultSettings = { readonly [K in FaultKind | 'splitMs' | 'stallMs' | 'hangUpMs']?: number | undefined };

export function sumOfProbabilities(settings: FaultSettings): number {
  return faultKinds.reduce((sum, kind) => sum + (settings[kind] ?? 0), 0);
}

export interface FaultPipe {
  send(chunk: Uint8Array): void;
  /** From the next byte on. */
  set(settings: FaultSettings): void;
  /** No faults any more; what is held back by a stall goes on at once. */
  heal(): void;
  /** Drops what is held back; nothing is delivered afterwards. */
  stop(): void;
}

export interface FaultPipeEnds {
  readonly clock: Clock;
  readonly random: () => number;
  deliver(bytes: Uint8Array): void;
  /** The cable slipped out; the pipe has stopped. */
  hangUp(outMs: number): void;
  /** A fault was done to a byte. */
  injected(kind: FaultKind): void;
}

export function faultPipe(ends: FaultPipeEnds): FaultPipe {
  let settings: FaultSettings = {};
  let held: Uint8Array[] = [];
  let cancelGap: (() => void) | undefined;
  let stopped = false;

  function draw(): FaultKind | undefined {
    let below = ends.random();
    for (const kind of faultKinds) {
      below -= settings[kind] ?? 0;
      if (below < 0) return kind;
    }
    return undefined;
  }

  /** Passes the chunk on, up to the first gap; the rest is held. */
  function pass(chunk: Uint8Array): void {
    if (sumOfProbabilities(settings) === 0) {
      ends.deliver(chunk);
      return;
    }
    const out: number[] = [];
    for (const [index, byte] of chunk.entries()) {
      const kind = draw();
      if (kind !== undefined) ends.injected(kind);
      if (kind !== 'drop') out.push(kind === 'flip' ? byte ^ (1 << Math.floor(ends.random() * 8)) : byte);
      if (kind === 'duplicate') out.push(byte);
      if (kind === 'split' || kind === 'stall') {
        held.unshift(chunk.subarray(index + 1));
        cancelGap = ends.clock.after(kind === 'split' ? (settings.splitMs ?? 2) : (settings.stallMs ?? 1000), goOn);
        break;
      }
      if (kind === 'hangUp') {
        pipe.stop();
        break;
      }
    }
    if (out.length > 0) ends.deliver(Uint8Array.from(out));
    if (stopped) ends.hangUp(settings.hangUpMs ?? 500);
  }

  function goOn(): void {
    cancelGap = undefined;
    while (cancelGap === undefined) {
      const chunk = held.shift();
      if (chunk === undefined) return;
      pass(chunk);
    }
  }

  const pipe: FaultPipe = {
    send(chunk) {
      if (stopped || chunk.length === 0) return;
      if (cancelGap !== undefined) held.push(chunk);
      else pass(chunk);
    },
    set(next) {
      settings = next;
    },
    heal() {
      settings = {};
      if (cancelGap === undefined) return;
      cancelGap();
      goOn();
    },
    stop() {
      stopped = true;
      held = [];
      cancelGap?.();
      cancelGap = undefined;
    },
  };
  return pipe;
}
