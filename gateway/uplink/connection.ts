/**
 * One connection to the broker: a new MQTT.js client that is used once and never reconnects by itself (its replay of an
 * own queue loses messages, mqttjs/MQTT.js#2015; the store is the only queue). Tears itself down when the broker answers
 * PING but acknowledges nothing.
 */
import mqtt from 'mqtt';
import type { Clock } from '../../device-drivers/clock.ts';

export type MqttVersion = 4 | 5;

/** File contents in PEM. */
export interface TlsFiles {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly clientId: string;
  readonly version: MqttVersion;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsFiles;
  readonly will: { readonly topic: string; readonly payload: string };
  readonly keepaliveSeconds: number;
  readonly connectWithinMs: number;
  readonly ackWithinMs: number;
  readonly clock: Clock;
}

export interface ServerLimits {
  /** QoS 1 messages that may wait for their PUBACK. */
  readonly receiveMaximum: number;
  readonly packetBytesMax: number;
}

/** version: the broker does not speak this MQTT version; closed: by the broker or the network; stalled: no acknowledgement in time; ours: we ended it. */
export interface ConnectionEnd {
  readonly why: 'version' | 'closed' | 'stalled' | 'ours';
  readonly detail: string;
}

export interface ConnectionEvents {
  connected(limits: ServerLimits): void;
  message(topic: string, payload: Buffer, retained: boolean): void;
  /** Exactly once, after which nothing else is called, no `done` of a publish either. */
  closed(end: ConnectionEnd): void;
}

export interface PublishOptions {
  readonly retain?: boolean;
  /** Reason code of the PUBACK; 0 is success, and always on MQTT 3.1.1. */
  readonly done?: (reasonCode: number) => void;
}

export interface Connection {
  /** QoS 1. Waits its turn when the server's Receive Maximum is reached. */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): void;
  /** QoS 0. */
  publishUnconfirmed(topic: string, payload: string): void;
  subscribe(topics: readonly string[], done: () => void): void;
  /** Cuts the connection; the broker publishes the will. */
  tearDown(end: ConnectionEnd): void;
  /** DISCONNECT, so that the broker drops the will. To be called when nothing is outstanding. */
  disconnect(): void;
}

const refusedVersions: ReadonlySet<number> = new Set([0x01, 0x84]);
const sessionTakenOver = 0x8e;
const noMatchingSubscribers = 0x10;

const nothing = new ArrayBuffer(0);
/**
 * MQTT.js keeps a deep copy of each message to send it again after a reconnect of its own, which never comes here. The
 * copies alone took more memory and time than all the rest. It makes them with `Buffer.from(payload)`, which asks an
 * object for its `valueOf`; what is sent is the payload itself.
 */
const notKept = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Object.assign(Buffer.from(buffer, byteOffset, byteLength), { valueOf: () => nothing });

export function openConnection(options: ConnectionOptions, events: ConnectionEvents): Connection {
  const { clock } = options;
  const client = mqtt.connect(options.url, {
    clientId: options.clientId,
    protocolVersion: options.version,
    clean: true,
    reconnectPeriod: 0,
    keepalive: options.keepaliveSeconds,
    // The own timer below covers it, by the injected clock.
    connectTimeout: 2 ** 31 - 1,
    will: { ...options.will, payload: Buffer.from(options.will.payload), qos: 1, retain: true },
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...options.tls,
  });
  // Without it Nagle and delayed acknowledgements cost 40 % at a round trip of 50 ms; MQTT.js never sets it.
  (client.stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);

  let ended = false;
  let connected = false;
  let disconnecting = false;
  let lastError = '';
  let receiveMaximum = 1;
  let outstanding = 0;
  let lastAckMs = 0;
  let cancelWatch: (() => void) | undefined;
  const waiting: (() => void)[] = [];

  const finish = (end: ConnectionEnd) => {
    if (ended) return;
    ended = true;
    cancelWatch?.();
    cancelConnect();
    waiting.length = 0;
    events.closed(end);
  };
  const tearDown = (end: ConnectionEnd) => {
    client.end(true);
    finish(end);
  };
  const cancelConnect = clock.after(options.connectWithinMs, () =>
    tearDown({ why: 'closed', detail: `no answer from the broker within ${options.connectWithinMs} ms` }),
  );

  /** One timer at a time; it looks when it fires, so that an acknowledgement costs nothing. */
  const watch = () => {
    if (cancelWatch) return;
    cancelWatch = clock.after(lastAckMs + options.ackWithinMs - clock.monotonicMs(), () => {
      cancelWatch = undefined;
      if (outstanding === 0) return;
      if (clock.monotonicMs() - lastAckMs < options.ackWithinMs) watch();
      else tearDown({ why: 'stalled', detail: `the broker acknowledged nothing for ${options.ackWithinMs} ms` });
    });
  };
  const begin = () => {
    if (outstanding === 0) lastAckMs = clock.monotonicMs();
    outstanding += 1;
    watch();
  };
  const acknowledged = () => {
    outstanding -= 1;
    lastAckMs = clock.monotonicMs();
    waiting.shift()?.();
  };

  client.on('connect', ({ properties }) => {
    if (ended) return;
    cancelConnect();
    connected = true;
    receiveMaximum = properties?.receiveMaximum ?? 65_535;
    events.connected({ receiveMaximum, packetBytesMax: properties?.maximumPacketSize ?? Infinity });
  });
  client.on('message', (topic, payload, packet) => {
    if (!ended) events.message(topic, payload, packet.retain);
  });
  client.on('disconnect', (packet) => {
    const { reasonCode } = packet as { reasonCode?: number };
    lastError =
      reasonCode === sessionTakenOver
        ? 'session taken over: another client uses the id of this hut'
        : `the broker disconnected with reason ${reasonCode}`;
  });
  client.on('error', (error) => {
    const { code } = error as { code?: number | string };
    if (!connected && typeof code === 'number' && refusedVersions.has(code))
      return tearDown({ why: 'version', detail: 'the broker does not speak this MQTT version' });
    // A connect to several addresses fails with an AggregateError that has no message.
    lastError ||= error.message || String(code);
  });
  client.on('close', () => {
    if (disconnecting) return finish({ why: 'ours', detail: 'stopped' });
    finish({ why: 'closed', detail: lastError || (connected ? 'connection lost' : 'closed before CONNACK') });
  });

  return {
    publish(topic, payload, { retain = false, done } = {}) {
      if (ended) return;
      const send = () => {
        begin();
        const message = typeof payload === 'string' ? payload : notKept(payload);
        client.publish(topic, message, { qos: 1, retain }, (error) => {
          if (ended) return;
          const code = error ? (error as { code?: unknown }).code : 0;
          // An error without a code is the end of the connection, which `close` tells.
          if (typeof code !== 'number') return;
          acknowledged();
          done?.(code === noMatchingSubscribers ? 0 : code);
        });
      };
      if (outstanding < receiveMaximum) send();
      else waiting.push(send);
    },
    publishUnconfirmed(topic, payload) {
      if (!ended) client.publish(topic, payload, { qos: 0 });
    },
    subscribe(topics, done) {
      begin();
      client.subscribe([...topics], { qos: 1 }, (error, granted) => {
        if (ended) return;
        const refused = granted?.find(({ qos }) => qos >= 0x80);
        if (error || refused)
          return tearDown({
            why: 'ours',
            detail: `the broker refuses to subscribe ${refused?.topic ?? topics.join(' ')}`,
          });
        acknowledged();
        done();
      });
    },
    tearDown,
    disconnect() {
      disconnecting = true;
      client.end(false);
    },
  };
}
