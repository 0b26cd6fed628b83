/** The event envelope of the wire contract v1 (CloudEvents 1.0, structured JSON), composed as text from the columns of a row. Pure. */
import type { StreamName } from '../contract/streams.ts';

export interface Origin {
  readonly region: string;
  readonly gateway: string;
  readonly bootId: string;
}

/** A row of an event table with its sealed part. */
export interface EventRow {
  readonly seq: number;
  readonly type: string;
  readonly subject: string | null;
  readonly time: string;
  readonly mono_ms: number;
  readonly origin: number;
  readonly clock: string;
  readonly data: string;
  /** 1 when it was written with a sealed part. */
  readonly sealed: 0 | 1;
  readonly former_id: string | null;
  readonly crc: number;
  readonly jwe: string | null;
  readonly jwe_crc: number | null;
}

/** A row before its checksum, without the sealed part. */
export type NewEventRow = Omit<EventRow, 'crc' | 'jwe' | 'jwe_crc'>;

export const eventId = (gateway: string, epoch: string, stream: StreamName, seq: number) =>
  `${gateway}/${epoch}/${stream}/${seq}`;

/** Adds `pii` as the last member of the object in `data`. */
export function withSealed(data: string, jwe: string | null): string {
  if (jwe === null) return data;
  const members = data.slice(data.indexOf('{') + 1, data.lastIndexOf('}'));
  return `{${members.trim() === '' ? '' : `${members},`}"pii":${JSON.stringify(jwe)}}`;
}

/** `origin` is whose row it is: a salvaged or renamed hut's events keep the name they were captured under. */
export function eventJson(
  row: EventRow,
  stream: StreamName,
  epoch: string,
  origin: Origin,
  historical: boolean,
): string {
  const text = JSON.stringify;
  const subject = row.subject === null ? '' : `,"subject":${text(row.subject)}`;
  return (
    `{"specversion":"1.0","id":${text(row.former_id ?? eventId(origin.gateway, epoch, stream, row.seq))}` +
    `,"source":${text(`urn:hutgate:${origin.region}:${origin.gateway}`)},"type":${text(`org.hutgate.${row.type}.v1`)}${subject}` +
    `,"time":${text(row.time)},"datacontenttype":"application/json","dataschema":${text(`urn:hutgate:schema:${row.type}:1`)}` +
    `,"stream":"${stream}","epoch":"${epoch}","seq":"${row.seq}","bootid":${text(origin.bootId)},"monoms":"${row.mono_ms}"` +
    `,"clockq":"${row.clock}","historical":${historical},"data":${withSealed(row.data, row.jwe)}}`
  );
}
