import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { CompactEncrypt, exportJWK, generateKeyPair } from 'jose';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { topics } from '../../gateway/contract/topics.ts';
import { type Broker, startBroker } from '../../simulators/broker.ts';
import { type Central, type CentralOptions, startCentral } from '../../simulators/central.ts';
import { createLedger } from '../../simulators/central-ledger.ts';
import { elementsOf } from '../../simulators/json-slices.ts';
import { address, reading, startHut } from '../gateway/uplink/hut.ts';
import { memoryStore } from '../support/memory-store.ts';
import { until } from '../support/until.ts';

describe('the bytes of array elements', () => {
  test('are what JSON.stringify made of each, wherever quotes, brackets and spaces stand', () => {
    const space = fc.constantFrom('', ' ', '\n\t');
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), space, (values, gap) => {
        const texts = values.map((value) => JSON.stringify(value));
        const text = Buffer.from(`${gap}[${gap}${texts.join(`${gap},${gap}`)}${gap}]${gap}`);
        expect(elementsOf(text).map((bytes) => Buffer.from(bytes).toString())).toEqual(texts);
      }),
    );
  });
});

describe('the ledger of a stream', () => {
  test('knows what is missing, in whatever order events come, and counts each once', () => {
    const seqs = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 150 });
    fc.assert(
      fc.property(seqs, (order) => {
        const ledger = createLedger();
        ledger.startAt(0);
        const seen = new Set<number>();
        for (const seq of order) {
          const noted = ledger.note(seq, 'x');
          expect(noted === 'duplicate').toBe(seen.has(seq));
          seen.add(seq);
        }
        let upTo = 0;
        while (seen.has(upTo + 1)) upTo += 1;
        expect(ledger.upTo).toBe(upTo);
        const missing = ledger.missing(100).flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i));
        const highest = Math.max(0, ...seen);
        expect(missing).toEqual(Array.from({ length: highest }, (_, i) => i + 1).filter((seq) => !seen.has(seq)));
        expect(ledger.missingCount).toBe(missing.length);
      }),
    );
  });
  test('acknowledges nothing before it knows where to start', () => {
    const ledger = createLedger();
    ledger.note(8, 'a');
    ledger.note(6, 'b');
    expect(ledger.upTo).toBeUndefined();
    ledger.startAt(5);
    expect(ledger.upTo).toBe(6);
    ledger.note(7, 'c');
    expect(ledger.upTo).toBe(8);
    ledger.startAt(100);
    expect(ledger.upTo).toBe(8);
  });
  test('a resend with other bytes is a change, a quarantined event is no gap', () => {
    const ledger = createLedger();
    ledger.startAt(0);
    expect(ledger.note(1, 'a')).toBe('new');
    expect(ledger.note(1, 'a')).toBe('duplicate');
    expect(ledger.note(1, 'b')).toBe('changed');
    expect(ledger.note(4, 'd')).toBe('new');
    ledger.explain(2, 3);
    expect(ledger).toMatchObject({ upTo: 4, explained: 2, missingCount: 0 });
  });
});

describe('the central', () => {
  let broker: Broker;
  let hut: MqttClient;
  const open: { stop(): unknown }[] = [];
  const topic = topics(address);
  beforeEach(async () => {
    broker = await startBroker();
    hut = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
  });
  afterEach(async () => {
    for (const part of open.splice(0).reverse()) await part.stop();
    await hut.endAsync(true);
    await broker.stop();
  });
  async function centralWith(options: Partial<CentralOptions> = {}): Promise<Central> {
    const central = await startCentral({ url: broker.url, region: address.region, fromStart: true, ...options });
    open.push(central);
    return central;
  }
  const say = (to: string, payload: string | Buffer) => hut.publishAsync(to, payload, { qos: 1 });
  /** One event as the store would write it. */
  async function eventText(text = 'T0000000001'): Promise<string> {
    const store = memoryStore(address);
    await store.append([reading(text)]);
    const [batch] = await store.batches('reading', 0, { eventsMax: 1, payloadBytesMax: 1e6, batchesMax: 1 });
    return Buffer.from(batch!.payload).toString().slice(1, -1);
  }

  test('names what breaks the contract by its key, never by its value', async () => {
    const central = await centralWith();
    const event = await eventText();
    const secret = 'ZHANGSAN';
    const bad: [string, string][] = [
      [topic.state, '{"online":true}'],
      [topic.state, 'garbage'],
      [
        topic.device('scanner-1'),
        JSON.stringify({ id: 'scanner-2', driver: 'd', kind: 'k', state: 'ready', since: '2022-11-07T00:00:00Z' }),
      ],
      [topic.health, '{}'],
      [topic.commandResult, '{"commandId":"a b","status":"done"}'],
      [topic.configReported, '{"status":"perhaps"}'],
      [topic.event('reading'), '[]'],
      [topic.event('reading'), '{"constructor":1}'],
      [topic.event('reading'), `[${event.replace('"specversion":"1.0"', `"specversion":"${secret}"`)}]`],
      [
        topic.event('reading'),
        `[${event.replace('reading.scanned.v1', 'reading.invented.v1').replace('"seq":"1"', '"seq":"2"')}]`,
      ],
      [topic.event('audit'), `[${event.replace('"seq":"1"', '"seq":"3"')}]`],
      [topic.event('reading'), `[${Array.from({ length: 51 }, () => event).join(',')}]`],
    ];
    for (const [to, payload] of bad) await say(to, payload);
    await until('all counted', () => central.report().violations >= bad.length);
    expect(new Set(central.report().firstViolations.map((violation) => violation.topic))).toEqual(
      new Set(bad.map(([to]) => to)),
    );
    expect(JSON.stringify(central.report())).not.toContain(secret);
  });

  test('whatever is published, it lives on', async () => {
    const central = await centralWith();
    const kinds = [topic.state, topic.health, topic.event('reading'), topic.device('x'), topic.commandResult];
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    const samples = fc.sample(fc.tuple(fc.constantFrom(...kinds), payload), 300);
    for (const [to, bytes] of samples) hut.publish(to, Buffer.from(bytes), { qos: 1 });
    await say(topic.event('reading'), Buffer.alloc(1 << 20, 0x5b));
    await say(topic.event('reading'), `[${await eventText()}]`);
    await until('the good one', () => central.report().received >= 1);
  });

  test('a resend with other bytes is a violation, and counted once', async () => {
    const central = await centralWith();
    const event = await eventText();
    await say(topic.event('reading'), `[${event}]`);
    await say(topic.event('reading'), `[${event}]`);
    await say(topic.event('reading'), `[${event.replace('"historical":false', '"historical":true')}]`);
    await until('three', () => central.report().duplicates === 2);
    expect(central.report()).toMatchObject({ received: 1, violations: 1 });
    expect(central.report().firstViolations[0]!.problem).toBe('seq 1: a resend with other bytes');
  });

  test('an event salvaged into a new epoch is the same event', async () => {
    const central = await centralWith();
    const event = await eventText();
    const { epoch } = JSON.parse(event) as { epoch: string };
    await say(topic.event('reading'), `[${event}]`);
    const salvaged = event.replace(`"epoch":"${epoch}","seq":"1"`, `"epoch":"${randomUUID()}","seq":"1"`);
    await say(topic.event('reading'), `[${salvaged}]`);
    await until('both', () => central.report().batches === 2);
    expect(central.report()).toMatchObject({ received: 1, duplicates: 1, violations: 0, gaps: 0 });
  });

  test('the will of an older session does not end a newer one', async () => {
    const central = await centralWith();
    const birth = (session: string) => ({
      ...{ online: true, session, epoch: randomUUID(), bootid: 'b', software: '1', contract: ['v1'] },
      ...{ clockq: 'synced', at: '2022-11-07T00:00:00Z' },
    });
    const [older, newer] = [randomUUID(), randomUUID()];
    const online = () => central.report().huts[0]?.online;
    await say(topic.state, JSON.stringify(birth(older)));
    await say(topic.state, JSON.stringify(birth(newer)));
    await say(topic.state, JSON.stringify({ online: false, session: older }));
    await say(topic.event('reading'), `[${await eventText()}]`);
    await until('all read', () => central.report().received === 1);
    expect(online()).toBe(true);
    await say(topic.state, JSON.stringify({ online: false, session: newer }));
    await until('offline', () => online() === false);
    expect(central.report().violations).toBe(0);
  });

  test('a centre that starts in the middle acknowledges only what it or another has', async () => {
    const central = await centralWith({ fromStart: false, askAfterMs: 50 });
    const store = memoryStore(address);
    await store.append(Array.from({ length: 100 }, (_, i) => reading(`T${String(i).padStart(10, '0')}`)));
    // Another centre had these.
    store.confirm('reading', 60);
    const { uplink } = await startHut({ url: broker.url }, store);
    open.push({ stop: () => uplink.stop('test over') });
    await until('confirmed', () => store.confirmedUpTo.get('reading') === 100);
    expect(central.report()).toMatchObject({ received: 40, gaps: 0, violations: 0 });
  });

  test('a private key opens sealed parts, for the demo', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const central = await centralWith({ privateKey: await exportJWK(privateKey) });
    const sealed = await new CompactEncrypt(Buffer.from('{"text":"X"}'))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
      .encrypt(publicKey);
    const store = memoryStore(address);
    const draft = {
      ...reading(''),
      data: JSON.stringify({ device: 'scanner-1', textRef: 'a'.repeat(43) }),
      pii: sealed,
    };
    await store.append([draft]);
    const [batch] = await store.batches('reading', 0, { eventsMax: 1, payloadBytesMax: 1e6, batchesMax: 1 });
    await say(topic.event('reading'), Buffer.from(batch!.payload));
    await until('received', () => central.report().received === 1);
    expect((await central.lastEvents())[0]).toMatchObject({ seq: 1, opened: { text: 'X' } });
    expect(central.report().violations).toBe(0);
  });

  test('hutgate central --json ends with 1 when it saw something wrong, with 0 when not', async () => {
    await hut.subscribeAsync(topic.ack, { qos: 1 });
    for (const [payloads, code] of [
      [['[]', `[${await eventText()}]`], 1],
      [[`[${await eventText()}]`], 0],
    ] as const) {
      const args = ['dist/gateway/cli/hutgate.js', 'central', '--broker', broker.url, '--from-start', '--json'];
      const child = spawn(process.execPath, args);
      const out: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => child.stderr.once('data', resolve));
      const acknowledged = new Promise((resolve) => hut.once('message', resolve));
      for (const payload of payloads) await say(topic.event('reading'), payload);
      await acknowledged;
      child.kill('SIGINT');
      expect(await exited).toBe(code);
      expect(JSON.parse(Buffer.concat(out).toString())).toMatchObject({ violations: code, received: 1 });
    }
  });
});
