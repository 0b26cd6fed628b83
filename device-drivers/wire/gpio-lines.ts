/**
 * Text lines between a driver of one GPIO line and whatever holds that line: `transport/gpio.ts`, a simulator, or a
 * microcontroller on a serial port. Ours, as no manual has one. Levels are those of the wire: 1 is high.
 *
 *   to the line    in as-is|pull-up|pull-down            be an input; answered by the level now
 *                  out SAFE LIMIT                        be an output at level SAFE; go back to it after LIMIT ms away from
 *                                                        it (0: no limit), at the close, and when the host dies
 *                  set 0|1                               also ends a pattern
 *                  pattern once|forever MS MS …          away from SAFE and back by turns; replaces the one that runs
 *   from the line  level 0|1                             an input's level: the answer to `in`, then on each change
 *                  ok                                    the answer to out, set and pattern
 *                  limit                                 an output was away from SAFE for too long, and was put back
 *                  refused missing|denied|busy|failed    the line cannot be had
 */
import type { Framing } from '../framing.ts';
import { resyncing } from './resync.ts';

export type Level = 0 | 1;
export type Bias = 'as-is' | 'pull-up' | 'pull-down';
export type Refusal = 'missing' | 'denied' | 'busy' | 'failed';
export type GpioReport =
  | { readonly report: 'level'; readonly level: Level }
  | { readonly report: 'ok' | 'limit' }
  | { readonly report: 'refused'; readonly why: Refusal };

const refused = (why: Refusal): GpioReport => ({ report: 'refused', why });
const reports: ReadonlyMap<string, GpioReport> = new Map<string, GpioReport>([
  ['level 0\n', { report: 'level', level: 0 }],
  ['level 1\n', { report: 'level', level: 1 }],
  ['ok\n', { report: 'ok' }],
  ['limit\n', { report: 'limit' }],
  ...(['missing', 'denied', 'busy', 'failed'] as const).map((why) => [`refused ${why}\n`, refused(why)] as const),
]);
const lines = [...reports.keys()];
const lineBytesMax = Math.max(...lines.map((line) => line.length));

/** Lines from the line; anything that is none of them is noise. */
export const gpioReports = (): Framing<GpioReport> =>
  resyncing((bytes) => {
    const text = Buffer.from(bytes.subarray(0, lineBytesMax)).toString('latin1');
    const whole = lines.find((line) => text.startsWith(line));
    if (whole !== undefined) return { frame: reports.get(whole)!, length: whole.length };
    return lines.some((line) => line.startsWith(text)) ? 'more' : 'noise';
  });

export type GpioRequest =
  | { readonly request: 'in'; readonly bias: Bias }
  | { readonly request: 'out'; readonly safe: Level; readonly limitMs: number }
  | { readonly request: 'set'; readonly level: Level }
  | { readonly request: 'pattern'; readonly forever: boolean; readonly stepsMs: readonly number[] };

export function gpioRequest(asked: GpioRequest): Uint8Array {
  switch (asked.request) {
    case 'in':
      return Buffer.from(`in ${asked.bias}\n`);
    case 'out':
      return Buffer.from(`out ${asked.safe} ${asked.limitMs}\n`);
    case 'set':
      return Buffer.from(`set ${asked.level}\n`);
    case 'pattern':
      return Buffer.from(`pattern ${asked.forever ? 'forever' : 'once'} ${asked.stepsMs.join(' ')}\n`);
  }
}
