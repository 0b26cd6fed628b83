/** One right `data` per event type, as a producer would write it. Persons are references only. */
import type { EventData, EventType } from '../../../gateway/contract/events.ts';

const ref = 'A'.repeat(43);
const pii = 'eyJhbGciOiJFQ0RILUVTIn0..aXY.Y2lwaGVy.dGFn';
const here = { lane: 'lane-1', session: 's-1', operator: 'op-7' };
const person = { personRef: ref, idType: '01' } as const;
const epoch = '6f1c2b1e-7c1c-4f0e-9d2a-1a2b3c4d5e6f';

export const samples: { readonly [T in EventType]: EventData<T> } = {
  'sampling.session-opened': { ...here, round: 'r1', poolSize: 10, flow: 'tube-first' },
  'sampling.session-closed': { ...here, persons: 200, tubes: 20 },
  'sampling.person-added': { ...here, ...person, tube: 'T2211070042', slot: 4, via: 'qr', pii, temperature: 36.5 },
  'sampling.person-staged': { ...here, ...person, group: 'g-1', slot: 1, via: 'card', pii },
  'sampling.group-discarded': { ...here, group: 'g-1', roster: [{ slot: 1, personRef: ref }], reason: 'went-away' },
  'sampling.person-corrected': {
    ...here,
    ...person,
    tube: 'T2211070042',
    slot: 4,
    via: 'card',
    pii,
    previousPersonRef: ref,
    reason: 'wrong-code',
  },
  'sampling.person-removed': { ...here, tube: 'T2211070042', slot: 4, personRef: ref, reason: 'not-swabbed' },
  'sampling.person-excluded': { ...here, ...person, via: 'card', pii, reason: 'vaccine-lt-48h' },
  'sampling.person-diverted': { ...here, ...person, via: 'card', pii, temperature: 38.1, reason: 'fever' },
  'sampling.tube-opened': { ...here, tube: 'T2211070042', poolSize: 10 },
  'sampling.tube-confirmed': { ...here, tube: 'T2211070042', count: 4 },
  'sampling.tubes-missing': { operator: 'op-1', box: 'B00000001', tubes: ['T2211070042'], reason: 'lost' },
  'sampling.tube-closed': {
    ...here,
    tube: 'T2211070042',
    poolSize: 10,
    count: 1,
    roster: [{ slot: 1, personRef: ref }],
    rosterDigest: ref,
    openedAt: '2022-11-07T07:13:08.412+08:00',
    firstSwabAt: '2022-11-07T07:13:20.000+08:00',
  },
  'sampling.tube-reopened': { ...here, tube: 'T2211070042', count: 1, reason: 'undo' },
  'sampling.tube-voided': {
    ...here,
    tube: 'T2211070042',
    count: 1,
    roster: [{ slot: 1, personRef: ref }],
    reason: 'broken',
  },
  'sampling.tube-packed': { ...here, tube: 'T2211070042', box: 'B22110701' },
  'sampling.tube-unpacked': { ...here, tube: 'T2211070042', box: 'B22110701', reason: 'wrong-box' },
  'sampling.box-opened': { box: 'B22110701', operator: 'op-7' },
  'sampling.box-sealed': {
    box: 'B22110701',
    operator: 'op-7',
    seal: 'S1',
    tubes: ['T2211070042'],
    counted: 1,
    temperature: { min: 2.5, max: 7.9, excursions: 0 },
  },
  'sampling.box-handed-over': { box: 'B22110701', operator: 'op-7', courier: 'c-3', counted: 1 },
  'sampling.label-checked': { ...here, code: 'T2211070042' },
  'sampling.label-printed': { device: 'printer-1', jobId: 'j-1', copies: 1, outcome: 'unknown', code: 'B22110701' },
  'reading.scanned': { device: 'scanner-1', symbology: ']C0', text: 'T2211070042' },
  'reading.card-read': { device: 'card-1', ...person, pii, checks: { checkDigit: 'ok', expiry: 'valid' } },
  'reading.document-read': {
    device: 'passport-1',
    personRef: ref,
    idType: '03',
    pii,
    checks: { checkDigit: 'ok', expiry: 'unknown' },
  },
  'reading.temperature': { device: 'box-1', celsius: 4.5, channel: 1, quality: 'ok', raw: 45 },
  'reading.input-changed': { device: 'door-1', input: 'door', level: 1 },
  'reading.probe-excursion': { device: 'box-1', state: 'began', celsius: 8.4, minCelsius: 2, maxCelsius: 8 },
  'audit.operator-signed-in': { operator: 'op-7', method: 'badge' },
  'audit.sign-in-refused': { reason: 'wrong', operator: 'op-7', lane: 'lane-1' },
  'audit.operator-signed-out': { operator: 'op-7', reason: 'timeout' },
  'audit.config-applied': { source: 'file', status: 'applied', sha256: 'a'.repeat(64) },
  'audit.clock-adjusted': { stepMs: 1_600_000_000_000, before: 'unsynced', after: 'synced' },
  'audit.store-recovered': { previousEpoch: epoch, salvaged: 12, reason: 'quick-check' },
  'audit.event-quarantined': { stream: 'reading', epoch, firstSeq: '7', lastSeq: '7', reason: 'refused' },
  'audit.command-executed': { commandId: 'c-1', name: 'ping', status: 'done' },
  'audit.personal-data-revealed': { operator: 'op-7', personRef: ref, fields: ['name'] },
};

/** A whole event around `data`. */
export const sampleEvent = (type: string, data: unknown) => {
  const stream = type.slice(0, type.indexOf('.'));
  return {
    specversion: '1.0',
    id: `hut-0417/${epoch}/${stream}/1042`,
    source: 'urn:hutgate:jinshui:hut-0417',
    type: `org.hutgate.${type}.v1`,
    subject: 'T2211070042',
    time: '2022-11-07T07:13:08.412+08:00',
    datacontenttype: 'application/json',
    dataschema: `urn:hutgate:schema:${type}:1`,
    stream,
    epoch,
    seq: '1042',
    bootid: '9b2d6a80-0000-4000-8000-000000000000',
    monoms: '5123987',
    clockq: 'synced',
    historical: false,
    data,
  };
};
