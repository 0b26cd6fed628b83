/** Who can walk in with one tap, and what that does at the simulated devices of a lane, in order. Pure. */
import { adult, child, dayBefore, paperCode, passportZone, paymentCode, phoneCode } from './people.ts';

export const visitors = ['phone', 'paper', 'card', 'passport', 'child', 'vaccinated', 'fever', 'wrong'] as const;
export type Visitor = (typeof visitors)[number];

/** One thing that somebody does at the desk. */
export type Step =
  | { readonly at: 'scanner'; readonly text: string }
  /** A card of the simulators' crowd, by its number. */
  | { readonly at: 'card'; readonly person: string }
  | { readonly at: 'thermometer'; readonly celsius: number };

const healthyCelsius = 36.5;
const feverCelsius = 38.4;
/** Behind everybody whom `--people-per-hour` lets walk in. */
const crowdFrom = 2_000_000;
const crowdMax = 1_000_000;

/** n: another person for each n. */
export function stepsOf(visitor: Visitor, n: number, wallMs: number): readonly Step[] {
  const measured: Step = { at: 'thermometer', celsius: visitor === 'fever' ? feverCelsius : healthyCelsius };
  const scan = (text: string): Step => ({ at: 'scanner', text });
  switch (visitor) {
    case 'phone':
    case 'fever':
      return [measured, scan(phoneCode(adult(n)))];
    case 'child':
      return [measured, scan(phoneCode(child(n)))];
    case 'vaccinated':
      return [measured, scan(phoneCode(adult(n), dayBefore(wallMs)))];
    case 'paper':
      return [measured, scan(paperCode(n))];
    case 'passport':
      return [measured, scan(passportZone(n))];
    case 'card':
      return [measured, { at: 'card', person: `crowd-${crowdFrom + (n % crowdMax)}` }];
    case 'wrong':
      return [scan(paymentCode(n))];
  }
}
