/**
 * Where one stream stands: what the store has confirmed, what was handed to the broker on this connection, and which of
 * it the broker has acknowledged. Sequence numbers only; no payloads, no time, no I/O.
 */
export type Confirm = 'central' | 'broker';

/** Sequence numbers `first`..`last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** One batch on its way; the identity of the object is its name, because a range may be sent twice. */
export interface Handed extends Range {
  taken: boolean;
}

export type AckVerdict = 'progress' | 'nothing-new' | 'beyond-sent' | 'going-back';

export interface StreamProgress {
  readonly confirmed: number;
  /** Last sequence number handed over on this connection. */
  readonly sent: number;
  /** Highest sequence number ever handed over by this process: no honest ack is above it. */
  readonly sentEver: number;
  /** Back to what is confirmed: a new connection, or a centre that came back and may have lost what it had not confirmed. */
  rewind(): void;
  handed(range: Range): Handed;
  /** The broker acknowledged. True when this confirmed something (confirm: broker). */
  taken(handed: Handed): boolean;
  /** The centre acknowledged (confirm: central). */
  acked(upTo: number): AckVerdict;
  /** The event was set aside; the stream goes on after it. */
  skip(seq: number): void;
  /** What the broker has not acknowledged on this connection, from the first such event to the last sent. */
  untaken(): Range | undefined;
  /** What is sent and not confirmed. */
  unconfirmed(): Range | undefined;
}

export function createStreamProgress(confirm: Confirm, confirmedSeq: number): StreamProgress {
  let confirmed = confirmedSeq;
  let sent = confirmedSeq;
  let sentEver = confirmedSeq;
  let inFlight: Handed[] = [];

  const confirmUpTo = (seq: number) => {
    confirmed = seq;
    sent = Math.max(sent, seq);
  };

  return {
    get confirmed() {
      return confirmed;
    },
    get sent() {
      return sent;
    },
    get sentEver() {
      return sentEver;
    },
    rewind() {
      sent = confirmed;
      inFlight = [];
    },
    handed({ first, last }) {
      const handed = { first, last, taken: false };
      inFlight.push(handed);
      sent = last;
      sentEver = Math.max(sentEver, last);
      return handed;
    },
    taken(handed) {
      handed.taken = true;
      let upTo = 0;
      while (inFlight[0]?.taken) upTo = inFlight.shift()!.last;
      if (confirm !== 'broker' || upTo <= confirmed) return false;
      confirmUpTo(upTo);
      return true;
    },
    acked(upTo) {
      if (upTo > sentEver) return 'beyond-sent';
      if (upTo < confirmed) return 'going-back';
      if (upTo === confirmed) return 'nothing-new';
      confirmUpTo(upTo);
      return 'progress';
    },
    skip(seq) {
      if (seq > confirmed) confirmUpTo(seq);
    },
    untaken() {
      const head = inFlight.find((handed) => handed.last > confirmed);
      return head && { first: Math.max(head.first, confirmed + 1), last: sent };
    },
    unconfirmed() {
      return sent > confirmed ? { first: confirmed + 1, last: sent } : undefined;
    },
  };
}
