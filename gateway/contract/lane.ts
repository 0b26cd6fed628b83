/**
 * What a lane's screen shows and what may be asked of a lane: `GET /api/lanes`, `POST /api/lanes/{id}/actions`, and the
 * messages `lane` and `hut` of the live feed. Every text is a code with values; the page has the words. Masked by
 * construction, as all of the API: `shown` is a surname and a star.
 */
import { z } from 'zod';
import { idTypes } from './fields.ts';

const instant = z.string().describe('RFC 3339 with offset');
const count = z.number().int().min(0);
const via = z.enum(['qr', 'card', 'document', 'paper', 'manual']);

/**
 * What a sampler hears. ok and full: exactly one committed event stands behind it. noted: understood, nothing was to be
 * recorded. repeat: it is recorded already. question: an answer is wanted. refused: NOT recorded, and why.
 */
export const tones = ['ok', 'full', 'noted', 'repeat', 'question', 'refused'] as const;
export type Tone = (typeof tones)[number];

export const voidReasons = ['leaked', 'damaged', 'lost', 'unknown-swab', 'wrong-tube', 'unused', 'other'] as const;
export const excludeReasons = ['vaccine-lt-48h', 'refused', 'not-eligible'] as const;
export const unpackReasons = ['wrong-box', 'leaked', 'recount'] as const;
export const missingReasons = ['lost', 'leaked', 'taken-out'] as const;
export const brokenSealReasons = ['seal-broken', 'wrong-tube-inside', 'courier-refused'] as const;

/** Everything a person can ask of a lane by a tap or a command barcode, besides scanning. */
export const laneAction = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('undo') }).describe('Take back the last person: no swab was taken'),
  z
    .strictObject({ action: z.literal('correct') })
    .describe('The swab of the last person is in the tube, the identity was wrong: the next scan replaces it'),
  z.strictObject({ action: z.literal('close-tube') }).describe('Close the tube with fewer persons than it holds'),
  z.strictObject({ action: z.literal('reopen-tube') }).describe('Undo the last close, within the window'),
  z
    .strictObject({ action: z.literal('void-tube'), reason: z.enum(voidReasons) })
    .describe('Void the open tube, or the one scanned next; asks for confirmation'),
  z
    .strictObject({ action: z.literal('exclude'), reason: z.enum(excludeReasons) })
    .describe('The next person is not sampled'),
  z.strictObject({ action: z.literal('divert') }).describe('The next person has a fever: to the fever clinic'),
  z.strictObject({ action: z.literal('single') }).describe('The next tube opened is for one person'),
  z
    .strictObject({ action: z.literal('discard-group') })
    .describe('people-first: send the registered group away; asks for confirmation'),
  z
    .strictObject({ action: z.literal('manual'), idType: z.enum(idTypes), idNumber: z.string().trim().min(4).max(32) })
    .describe('Identity typed on the number pad'),
  z
    .strictObject({ action: z.literal('temperature'), celsius: z.number().min(30).max(45) })
    .describe('Body temperature of the next person, typed'),
  z.strictObject({ action: z.literal('pause') }),
  z.strictObject({ action: z.literal('resume') }),
  z.strictObject({ action: z.literal('close-session') }).describe('End of the shift; asks for confirmation'),
  z.strictObject({ action: z.literal('pack') }).describe('This lane now packs boxes'),
  z.strictObject({ action: z.literal('sample') }).describe('Back to sampling'),
  z
    .strictObject({ action: z.literal('unpack'), reason: z.enum(unpackReasons) })
    .describe('The tube scanned next leaves the box'),
  z
    .strictObject({ action: z.literal('missing'), reason: z.enum(missingReasons) })
    .describe('The tubes the box still expects will not come; asks for confirmation'),
  z
    .strictObject({ action: z.literal('seal') })
    .describe('Begin to seal: count the tubes by scanning them, or enter the count; then scan the seal'),
  z
    .strictObject({ action: z.literal('count'), count: z.number().int().min(0).max(2_000) })
    .describe('Physical count, typed'),
  z
    .strictObject({ action: z.literal('reopen-box'), reason: z.enum(brokenSealReasons) })
    .describe('The sealed box scanned next is open again and needs a new seal'),
  z
    .strictObject({ action: z.literal('hand-over') })
    .describe('Give a sealed box to the courier: scan the box, then the courier, then count'),
  z.strictObject({ action: z.literal('reprint') }).describe('Print the last label again'),
  z.strictObject({ action: z.literal('confirm') }).describe('Yes, to the question on the screen'),
  z.strictObject({ action: z.literal('cancel') }).describe('No, to the question on the screen'),
]);
export type LaneAction = z.infer<typeof laneAction>;
export type LaneActionName = LaneAction['action'];

/** The laminated sheet: text of the barcode and what it does. Code 128 takes all of them. */
export const commandCodes: readonly (readonly [code: string, action: LaneAction])[] = [
  ['HUTGATE:UNDO', { action: 'undo' }],
  ['HUTGATE:CORRECT', { action: 'correct' }],
  ['HUTGATE:CLOSE-TUBE', { action: 'close-tube' }],
  ['HUTGATE:REOPEN-TUBE', { action: 'reopen-tube' }],
  ['HUTGATE:YES', { action: 'confirm' }],
  ['HUTGATE:NO', { action: 'cancel' }],
  ['HUTGATE:SINGLE', { action: 'single' }],
  ['HUTGATE:FEVER', { action: 'divert' }],
  ...excludeReasons.map(
    (reason) => [`HUTGATE:EXCLUDE:${reason.toUpperCase()}`, { action: 'exclude', reason }] as const,
  ),
  ...voidReasons.map((reason) => [`HUTGATE:VOID:${reason.toUpperCase()}`, { action: 'void-tube', reason }] as const),
  ['HUTGATE:DISCARD-GROUP', { action: 'discard-group' }],
  ['HUTGATE:PAUSE', { action: 'pause' }],
  ['HUTGATE:RESUME', { action: 'resume' }],
  ['HUTGATE:CLOSE-SESSION', { action: 'close-session' }],
  ['HUTGATE:PACK', { action: 'pack' }],
  ['HUTGATE:SAMPLE', { action: 'sample' }],
  ['HUTGATE:SEAL', { action: 'seal' }],
  ['HUTGATE:HAND-OVER', { action: 'hand-over' }],
  ...unpackReasons.map((reason) => [`HUTGATE:UNPACK:${reason.toUpperCase()}`, { action: 'unpack', reason }] as const),
  ...missingReasons.map(
    (reason) => [`HUTGATE:MISSING:${reason.toUpperCase()}`, { action: 'missing', reason }] as const,
  ),
  ...brokenSealReasons.map(
    (reason) => [`HUTGATE:REOPEN-BOX:${reason.toUpperCase()}`, { action: 'reopen-box', reason }] as const,
  ),
  ['HUTGATE:REPRINT', { action: 'reprint' }],
];

/** What was said last on a lane. `values` are numbers, object codes and reason codes: never of a person, but `shown`. */
export const sayings = [
  // ok, full
  'person-added',
  'person-staged',
  'tube-full',
  'group-full',
  'group-bound',
  'group-discarded',
  'tube-opened',
  'tube-closed',
  'tube-confirmed',
  'tube-reopened',
  'tube-voided',
  'person-removed',
  'person-corrected',
  'person-excluded',
  'person-diverted',
  'session-opened',
  'session-closed',
  'session-taken-over',
  'box-opened',
  'box-reopened',
  'tube-packed',
  'tube-unpacked',
  'tubes-missing-recorded',
  'label-checked',
  'box-sealed',
  'box-handed-over',
  // noted
  'signed-in',
  'paused',
  'resumed',
  'packing',
  'sampling',
  'cancelled',
  'single-tube-next',
  'temperature',
  'counted',
  'reprinting',
  'box-chosen',
  // repeat
  'same-code',
  'person-in-this-tube',
  'person-in-this-group',
  'tube-is-open',
  'tube-is-packed',
  'tube-is-counted',
  'label-is-checked',
  // question
  'pin',
  'close-and-open',
  'replace-empty-tube',
  'sampled-earlier',
  'void-which-tube',
  'void-tube',
  'correct-who',
  'exclude-who',
  'divert-who',
  'discard-group',
  'close-session',
  'unpack-which-tube',
  'missing-tubes',
  'count-box',
  'scan-seal',
  'reopen-which-box',
  'hand-over-which-box',
  'scan-courier',
  'count-by-courier',
  // refused
  'sign-in-first',
  'lane-paused',
  'unknown-code',
  'code-too-long',
  'answer-first',
  'scan-tube-first',
  'scan-box-first',
  'confirm-tube-first',
  'tube-code-used',
  'not-a-tube',
  'tube-unknown',
  'tube-not-closed',
  'tube-in-other-box',
  'tube-not-in-box',
  'tube-voided-already',
  'tube-empty',
  'label-of-other',
  'no-open-tube',
  'person-elsewhere',
  'needs-single-tube',
  'measure-first',
  'temperature-invalid',
  'nothing-to-undo',
  'undo-too-late',
  'nothing-to-reopen',
  'reopen-too-late',
  'group-full-scan-tube',
  'group-too-large',
  'no-group',
  'box-code-used',
  'box-unknown',
  'box-not-open',
  'box-is-sealed',
  'box-not-sealed',
  'box-is-gone',
  'box-empty',
  'tubes-still-missing',
  'count-differs',
  'seal-used',
  'same-signer',
  'not-now',
  'id-number-wrong',
  'card-expired',
  'tube-still-open',
  'wrong-code',
  'nothing-to-print',
  'not-recorded',
  'other-operator',
  'not-identified-scanner',
  'card-unreadable',
  'badge-unknown',
  'badge-locked',
] as const;
export type SayingCode = (typeof sayings)[number];

const values = z.record(z.string(), z.union([z.string(), z.number()]));

export const said = z.object({
  id: count.describe('Counts up since the gateway started; a new one is a new tone'),
  tone: z.enum(tones),
  code: z.enum(sayings),
  values,
  at: instant,
  event: z
    .object({ stream: z.string(), seq: count })
    .optional()
    .describe('With ok and full: the one event that stands behind it'),
});

/** The next thing to do, as a verb. */
export const nextSteps = [
  'sign-in',
  'enter-pin',
  'resume',
  'scan-tube',
  'scan-single-tube',
  'scan-box',
  'scan-person',
  'measure',
  'scan-tube-of-group',
  'confirm-tube',
  'answer',
  'scan-box-to-pack',
  'scan-tube-to-pack',
  'count-tubes',
  'scan-seal',
  'scan-courier',
  'close-or-void',
] as const;
export type NextStep = (typeof nextSteps)[number];

const roster = z.object({ slot: count, shown: z.string(), via, at: instant });

const samplingWindow = z.object({ from: instant, to: instant });

export const laneView = z.object({
  id: z.string(),
  phase: z.enum(['signed-out', 'paused', 'open']),
  mode: z.enum(['sampling', 'packing']),
  operator: z.string().optional(),
  session: z.object({ id: z.string(), round: z.string(), openedAt: instant, persons: count, tubes: count }).optional(),
  flow: z.enum(['tube-first', 'people-first', 'box-first']),
  poolSize: count.describe('of the next tube'),
  temperatures: z.enum(['off', 'optional', 'required']),
  next: z.object({ step: z.enum(nextSteps), values }),
  tube: z
    .object({
      code: z.string(),
      count,
      capacity: count,
      unconfirmed: z.boolean().describe('After a restart: scan it again'),
      openedAt: instant,
    })
    .optional(),
  group: z.object({ count, capacity: count }).optional().describe('people-first: registered, no tube yet'),
  lastPersons: z.array(roster).describe('Newest first, at most three'),
  lastTube: z.object({ code: z.string(), count, capacity: count, closedAt: instant }).optional(),
  temperature: z.object({ celsius: z.number(), fever: z.boolean() }).optional().describe('Of the next person'),
  question: z.object({ code: z.enum(sayings), values, tubes: z.array(z.string()).optional() }).optional(),
  said: said.optional(),
  samplingTimes: z
    .object({
      at: instant.describe('Now, by the clock of the hut'),
      present: samplingWindow.optional(),
      last: samplingWindow.optional(),
      next: samplingWindow.optional(),
    })
    .optional()
    .describe(
      'By the plan. Within a window: the present one; outside: the one before and the one after. Nothing is refused for it. Absent: the plan has none, or the clock is not synchronised',
    ),
  undoLeftMs: count.optional(),
  reopenLeftMs: count.optional(),
  resample: z
    .object({ tube: z.string(), slots: z.array(z.object({ slot: count, shown: z.string().optional() })) })
    .optional()
    .describe('Of the tube voided last: everybody who must be sampled again'),
  box: z
    .object({
      code: z.string(),
      state: z.enum(['open', 'sealed']),
      tubes: z.array(z.string()),
      expected: z.array(z.string()).describe('Tubes meant for this box that are not in it'),
      scanned: z.array(z.string()).optional().describe('While counting: tubes seen so far'),
      counted: count.optional(),
      temperature: z
        .object({
          min: z.number().optional(),
          max: z.number().optional(),
          excursions: count.describe('Times outside the limits'),
        })
        .optional()
        .describe(
          'What the probe in it saw while it was open, degrees Celsius; without min and max it gave no usable value. Absent: there is no probe',
        ),
    })
    .optional(),
  can: z.array(z.string()).describe('Names of the actions that make sense now: the buttons of the touch twin'),
  label: z.object({
    waiting: count,
    failed: z.string().optional().describe('fault code of the last label'),
    unchecked: z
      .array(z.string())
      .optional()
      .describe('Codes whose printed label is to be scanned once, newest first; absent when there is none'),
  }),
});

/** What belongs to the hut and not to one lane. */
export const hutSampling = z.object({
  oldestTube: z
    .object({ code: z.string(), firstSwabAt: instant, ageMs: count, level: z.enum(['ok', 'amber', 'red']) })
    .optional(),
  unpacked: z.array(z.object({ code: z.string(), count, closedAt: instant })).describe('Closed tubes in no box'),
  boxes: z.array(z.object({ code: z.string(), state: z.enum(['open', 'sealed']), tubes: count })),
});

/** `GET /api/lanes` */
export const lanesView = z.object({
  lanes: z.array(laneView),
  sampling: hutSampling.optional().describe('Absent in a hut without lanes'),
});

/** What a page may know of a lane before anybody has signed in. */
const laneSign = z.object({
  id: z.string(),
  badge: z.boolean(),
  signedIn: z.boolean(),
  lockedForSeconds: count.optional().describe('The badge scanned here last is locked after wrong PINs, for so long'),
});

/** `WS /api/public?lane=ID`: without a lane, the persons of all of them. */
export const publicQuery = z.strictObject({ lane: z.string().max(32).optional() });

/** `WS /api/public`: the screen for the queue, and what a page may know before anybody has signed in. */
export const publicMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('person'),
    slot: count.optional(),
    shown: z.string(),
    icon: z.enum(['ok', 'wait', 'stop']),
    clearsInMs: count,
  }),
  z.object({ type: z.literal('clear') }),
  /** Every second; `badge`: a badge was scanned here and waits for its PIN. */
  z.object({
    type: z.literal('pulse'),
    lanes: z.array(laneSign),
    site: z.string(),
    demo: z.boolean(),
  }),
]);

export type Said = z.infer<typeof said>;
export type LaneView = z.infer<typeof laneView>;
export type HutSampling = z.infer<typeof hutSampling>;
export type LanesView = z.infer<typeof lanesView>;
export type PublicMessage = z.infer<typeof publicMessage>;

/** Roles of people who sign in. A technician sees all of the hut's technique and may not sample; a sampler the other way round. */
export const roles = ['sampler', 'technician'] as const;
export type Role = (typeof roles)[number];

/** `GET /api/sign-in`: who this page is. The answer of `POST /api/sign-in` and `POST /api/sign-out` too. */
export const signInView = z.object({
  signedIn: z
    .object({ operator: z.string(), role: z.enum(roles), lane: z.string().optional() })
    .optional()
    .describe('Who signed in last on this page and still is'),
  mine: z
    .array(z.object({ lane: z.string(), operator: z.string() }))
    .optional()
    .describe('Every lane that this page is signed in on: two beside each other may have two operators'),
  open: z.boolean().optional().describe('A hut without staff: nobody has to sign in'),
  lanes: z.array(laneSign).describe('badge: scanned here, its PIN is awaited; signedIn: by whichever page'),
  site: z.string(),
  demo: z
    .object({ badge: z.string(), pin: z.string(), technician: z.string(), password: z.string() })
    .optional()
    .describe('Only in the demo: who can be tried'),
});
export type SignInView = z.infer<typeof signInView>;

/** `POST /api/sign-in`: a badge scanned on the lane within the last minute and its PIN, or a technician's name and password. */
export const signInRequest = z.union([
  z.strictObject({ lane: z.string().max(32), pin: z.string().regex(/^\d{4,12}$/) }),
  z.strictObject({ name: z.string().min(1).max(64), password: z.string().min(1).max(256) }),
]);
export type SignInRequest = z.infer<typeof signInRequest>;

/** `POST /api/sign-out`: of one lane, or without one of all that this page is signed in on. */
export const signOutRequest = z.strictObject({ lane: z.string().max(32).optional() });
