/** Every limit and time of the uplink by name. Times are parameters, so that tests need not wait; limits are fixed. */
export interface UplinkTimes {
  /** TCP, TLS and CONNACK together. */
  readonly connectWithinMs: number;
  /** Connected and unacknowledged for this long: the connection is torn down. */
  readonly ackWithinMs: number;
  readonly healthEveryMs: number;
  /** A clean stop: the last PUBACKs, the offline message, DISCONNECT. */
  readonly stopWithinMs: number;
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** A session that ends sooner counts as a failed attempt: two huts with one id throw each other out. */
  readonly shortSessionMs: number;
  /** A suspected event is sent up to this long after a connection proved healthy, at random. */
  readonly probationMaxMs: number;
  readonly keepaliveSeconds: number;
}

export const defaultTimes: UplinkTimes = Object.freeze({
  connectWithinMs: 10_000,
  ackWithinMs: 30_000,
  healthEveryMs: 30_000,
  stopWithinMs: 1_500,
  backoffFirstMs: 1_000,
  backoffMaxMs: 60_000,
  shortSessionMs: 10_000,
  probationMaxMs: 5_000,
  keepaliveSeconds: 30,
});

/** Batches on their way to the broker; the server's Receive Maximum may make it less. */
export const windowBatchesMax = 32;
export const batchEventsMax = 50;
export const batchPayloadBytesMax = 128 * 1024;
/** Batches of one stream asked of the store at once. */
export const fetchBatches = 16;
/** confirm: central: events that may be on their way to a silent centre. */
export const unconfirmedEventsMax = 4_096;
/** `need` ranges kept waiting; the centre asks again for the rest. */
export const resendRangesMax = 64;
export const rememberedCommandsMax = 1_024;
export const commandsAtOnceMax = 4;
/** Connections that must die on one event, each proven healthy before. */
export const strikesForQuarantine = 3;
