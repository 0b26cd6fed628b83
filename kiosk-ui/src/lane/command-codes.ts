/** The texts of the command barcodes, as gateway/contract/lane.ts has them: the page takes types only from there, and a test holds both against each other. */
import { reasonsOf } from './actions.ts';
import type { LaneAction, ReasonedAction } from './words.ts';

export type CommandCode = readonly [code: string, action: LaneAction];

const reasoned = (name: string, action: ReasonedAction['action']): CommandCode[] =>
  reasonsOf[action].map((reason) => [`HUTGATE:${name}:${reason.toUpperCase()}`, { action, reason } as ReasonedAction]);

/** In the order of the sheet: what is needed most comes first, what is destructive after it. */
export const commandCodes: readonly CommandCode[] = [
  ['HUTGATE:YES', { action: 'confirm' }],
  ['HUTGATE:NO', { action: 'cancel' }],
  ['HUTGATE:UNDO', { action: 'undo' }],
  ['HUTGATE:CORRECT', { action: 'correct' }],
  ['HUTGATE:CLOSE-TUBE', { action: 'close-tube' }],
  ['HUTGATE:REOPEN-TUBE', { action: 'reopen-tube' }],
  ['HUTGATE:SINGLE', { action: 'single' }],
  ['HUTGATE:FEVER', { action: 'divert' }],
  ['HUTGATE:PAUSE', { action: 'pause' }],
  ['HUTGATE:RESUME', { action: 'resume' }],
  ['HUTGATE:REPRINT', { action: 'reprint' }],
  ['HUTGATE:DISCARD-GROUP', { action: 'discard-group' }],
  ['HUTGATE:PACK', { action: 'pack' }],
  ['HUTGATE:SAMPLE', { action: 'sample' }],
  ['HUTGATE:SEAL', { action: 'seal' }],
  ['HUTGATE:HAND-OVER', { action: 'hand-over' }],
  ['HUTGATE:CLOSE-SESSION', { action: 'close-session' }],
  ...reasoned('EXCLUDE', 'exclude'),
  ...reasoned('VOID', 'void-tube'),
  ...reasoned('UNPACK', 'unpack'),
  ...reasoned('MISSING', 'missing'),
  ...reasoned('REOPEN-BOX', 'reopen-box'),
];
