/**
 * The event envelope of the wire contract v1 (CloudEvents 1.0, structured JSON) as text. Pure.
 *
 *     {"specversion":…,"historical":false,"id":"  hut-0417/…/1042","seq":…,"data":{"n":1  ,"pii":"…"  }}
 *     opening                                     body                                    member      closing
 *
 * The body is composed once, when the event is appended, and holds all that is the event's own. What many events have
 * alike, or is only known when one is sent, stands in the opening; so a batch is made by joining bodies with a constant
 * text between them, which SQLite does without a row ever becoming an object.
 */
import type { StreamName } from '../contract/streams.ts';
import type { EventDraft } from './store.ts';

export interface Origin {
  readonly region: string;
  readonly gateway: string;
  readonly bootId: string;
}

/** A row of an event table before its checksum. */
export interface NewEventRow {
  readonly seq: number;
  readonly origin: number;
  readonly mono_ms: number;
  /** 1 when it was written with a sealed part. */
  readonly sealed: 0 | 1;
  readonly body: string;
}

/** A row of an event table with its sealed part, null when that was purged or never was. */
export interface EventRow extends NewEventRow {
  readonly crc: number;
  readonly member: string | null;
  readonly member_crc: number | null;
}

const text = JSON.stringify;

/** `origin` is whose event it is: a salvaged or renamed hut's events keep the name they were captured under. */
export const openingText = (stream: StreamName, epoch: string, origin: Origin, historical: boolean) =>
  `{"specversion":"1.0","datacontenttype":"application/json","source":${text(`urn:hutgate:${origin.region}:${origin.gateway}`)}` +
  `,"bootid":${text(origin.bootId)},"stream":"${stream}","epoch":"${epoch}","historical":${historical},"id":"`;

export const closing = '}}';

/** Gives the bodies of a stream's new events. `data` is the JSON text of an object. */
export function bodyComposer(gateway: string, epoch: string, stream: StreamName) {
  const idStart = text(`${gateway}/${epoch}/${stream}/`).slice(1, -1);
  const typed = new Map<string, string>();
  const typeMembers = (type: string) => {
    const known = typed.get(type);
    if (known !== undefined) return known;
    const members = `"type":${text(`org.hutgate.${type}.v1`)},"dataschema":${text(`urn:hutgate:schema:${type}:1`)}`;
    typed.set(type, members);
    return members;
  };
  return (seq: number, { type, subject, time, monoMs, clockQuality, data }: EventDraft): string => {
    const members = data.slice(data.indexOf('{') + 1, data.lastIndexOf('}'));
    return (
      `${idStart}${seq}","seq":"${seq}",${typeMembers(type)},"time":${text(time)},"monoms":"${Math.floor(monoMs)}"` +
      `,"clockq":"${clockQuality}"${subject === undefined ? '' : `,"subject":${text(subject)}`}` +
      `,"data":{${members.trim() === '' ? '' : members}`
    );
  };
}

/** The sealed part as the last member of the object that the body leaves open. */
export const sealedMember = (body: string, jwe: string) => `${body.endsWith('{') ? '' : ','}"pii":${text(jwe)}`;

/** The stream a body belongs to, undefined when the text is no body. */
export const streamOfBody = (body: string): string | undefined =>
  /^[^/"]*\/[^/"]*\/([a-z]+)\/\d+","seq":"\d+",/.exec(body)?.[1];

/** The same event under another number; its id stays. */
export const renumberedBody = (body: string, seq: number) =>
  body.replace(/^([^"]*","seq":")\d+/, (_, upToSeq: string) => `${upToSeq}${seq}`);

/** RFC 3339 with offset; undefined when the text is no body. */
export const timeOfBody = (body: string): string | undefined => /,"time":"([^"]*)"/.exec(body)?.[1];

export const eventJson = (
  row: Pick<EventRow, 'body' | 'member'>,
  stream: StreamName,
  epoch: string,
  origin: Origin,
  historical: boolean,
) => openingText(stream, epoch, origin, historical) + row.body + (row.member ?? '') + closing;
