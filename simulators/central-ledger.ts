/**
 * What the centre knows of one stream of one epoch: which sequence numbers it has, which are missing, and whether a
 * resend is what was sent before. A watermark and a small set; pure.
 */
export type Noted = 'new' | 'late' | 'duplicate' | 'changed' | 'too-far';

export interface Ledger {
  /** Everything up to here is received or explained. undefined until `startAt`: an ack could confirm what nobody has. */
  readonly upTo: number | undefined;
  readonly highest: number;
  readonly explained: number;
  /** `late`: it fills a gap that a later event had opened. `changed`: a resend with other bytes. */
  note(seq: number, digest: string): Noted;
  /** What was confirmed before this centre came is another's. Only the first time counts. */
  startAt(confirmedSeq: number): void;
  /** The hut holds these for delivered: what is not here was lost on the way, even when nothing follows it. */
  delivered(confirmedSeq: number): void;
  /** These events were quarantined by the hut and will never come. */
  explain(first: number, last: number): void;
  /** Ranges missing below the highest, at most `max` of them. */
  missing(max: number): readonly (readonly [number, number])[];
  readonly missingCount: number;
}

/** Digests are kept for the newest events only: what is older is confirmed and not sent again, but for a `need`. */
const digestsMax = 8_192;
/** Numbers above the watermark that are kept; a hut sends far fewer without an ack. */
const aheadMax = 100_000;

export function createLedger(): Ledger {
  let upTo: number | undefined;
  let highest = 0;
  let explained = 0;
  const ahead = new Set<number>();
  const digests = new Map<number, string>();

  const advance = () => {
    if (upTo === undefined) return;
    while (ahead.delete(upTo + 1)) upTo += 1;
  };
  const add = (seq: number) => {
    if (upTo !== undefined && seq === upTo + 1) upTo = seq;
    else ahead.add(seq);
    highest = Math.max(highest, seq);
    advance();
  };

  return {
    get upTo() {
      return upTo;
    },
    get highest() {
      return highest;
    },
    get explained() {
      return explained;
    },
    note(seq, digest) {
      const known = digests.get(seq);
      if ((upTo !== undefined && seq <= upTo) || ahead.has(seq))
        return known !== undefined && known !== digest ? 'changed' : 'duplicate';
      if (ahead.size >= aheadMax) return 'too-far';
      const late = seq < highest;
      add(seq);
      digests.set(seq, digest);
      if (digests.size > digestsMax) digests.delete(digests.keys().next().value!);
      return late ? 'late' : 'new';
    },
    startAt(confirmedSeq) {
      if (upTo !== undefined) return;
      upTo = confirmedSeq;
      highest = Math.max(highest, confirmedSeq);
      for (const seq of ahead) if (seq <= confirmedSeq) ahead.delete(seq);
      advance();
    },
    delivered(confirmedSeq) {
      highest = Math.max(highest, confirmedSeq);
    },
    explain(first, last) {
      for (let seq = first; seq <= last && ahead.size < aheadMax; seq += 1) {
        if ((upTo !== undefined && seq <= upTo) || ahead.has(seq)) continue;
        explained += 1;
        add(seq);
      }
    },
    missing(max) {
      if (upTo === undefined || upTo >= highest) return [];
      const ranges: [number, number][] = [];
      for (let seq = upTo + 1; seq <= highest && ranges.length < max; seq += 1) {
        if (ahead.has(seq)) continue;
        const first = seq;
        while (seq < highest && !ahead.has(seq + 1)) seq += 1;
        ranges.push([first, seq]);
      }
      return ranges;
    },
    get missingCount() {
      return upTo === undefined ? 0 : highest - upTo - ahead.size;
    },
  };
}
