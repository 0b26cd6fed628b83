/**
 * What a scanned text is: a command of the laminated sheet, a code of the campaign, a person, or nothing that is known here.
 * Payment and URL codes match no pattern and end as unknown. Total and deterministic; a text never stands in an error.
 */

import type { idTypes } from '../contract/fields.ts';
import { commandCodes, type LaneAction } from '../contract/lane.ts';

export type IdType = (typeof idTypes)[number];

/** In the order in which they are tried. */
export const objectKinds = ['operator', 'courier', 'tube', 'box', 'seal'] as const;
export type ObjectKind = (typeof objectKinds)[number];

export type Classified =
  | { readonly kind: 'command'; readonly action: LaneAction }
  /** The card that asks which lane a scanner belongs to. */
  | { readonly kind: 'identify'; readonly device: string }
  | { readonly kind: ObjectKind; readonly code: string }
  | ClassifiedPerson
  | { readonly kind: 'unknown'; readonly why: 'too-long' | 'no-pattern' | 'empty' };

/** Personal data: to be sealed, and never to be shown or logged as it is. */
export interface ClassifiedPerson extends PersonalText {
  readonly kind: 'person';
  readonly idType: IdType;
  readonly idNumber: string;
  /** YYYY-MM-DD */
  readonly birthDate?: string;
  /** ISO 3166-1 alpha-3 */
  readonly nationality?: string;
  /** YYYY-MM-DD */
  readonly validTo?: string;
  readonly via: 'qr' | 'paper' | 'document';
  readonly cls: 'normal' | 'single';
  /** `idNumber` is a token; the centre finds out who it is. */
  readonly provisional: boolean;
}

interface PersonalText {
  readonly name?: string;
  readonly phone?: string;
  /** YYYYMMDD, a date of the calendar. */
  readonly vaccinated?: string;
}

/** An identity that is wholly in a text: an 18-character number with its check digit, or the lines of a travel document. */
export interface TextIdentity extends Pick<ClassifiedPerson, 'idType' | 'idNumber' | 'name' | 'birthDate'> {
  readonly nationality?: string;
  readonly validTo?: string;
  /** document: machine-readable lines. */
  readonly source: 'number' | 'document';
}

/** One kind of code that people bring. */
export interface PersonRule {
  /** Groups of the pattern that took part; undefined: the text is none of these. */
  readonly groups: (text: string) => (PersonalText & { readonly idNumber?: string }) | undefined;
  readonly via: 'qr' | 'paper';
  /** Beginning of the AIM id that the scanner must have given. */
  readonly symbology?: string | undefined;
  readonly cls: 'normal' | 'single';
}

export interface ClassifierRules {
  /** A kind without a pattern is never found. */
  readonly codes: Readonly<Partial<Record<ObjectKind, (text: string) => boolean>>>;
  readonly persons: readonly PersonRule[];
  readonly identityOf: (text: string) => TextIdentity | undefined;
}

export type Classifier = (text: string, symbology?: string) => Classified;

const textBytesMax = 512;
/** A text of so many UTF-16 units is too long whatever of it would be stripped. */
const unitsMax = 8 * textBytesMax;

const commands: ReadonlyMap<string, LaneAction> = new Map(commandCodes);
const identifyCard = /^HUTGATE:IDENTIFY:([a-z0-9-]{1,32})$/i;

/** AIM ids (ISO/IEC 15424) of what a phone shows: Aztec, Data Matrix, Grid Matrix, Han Xin, QR. */
const matrix = /^\][zdghQ]/;

export function makeClassifier({ codes, persons, identityOf }: ClassifierRules): Classifier {
  const objects = objectKinds.flatMap((kind) => {
    const matches = codes[kind];
    return matches ? [{ kind, matches }] : [];
  });

  function personBy(rule: PersonRule, text: string): ClassifiedPerson | undefined {
    const groups = rule.groups(text);
    if (!groups) return undefined;
    const { idNumber, name, phone, vaccinated } = groups;
    const person = {
      kind: 'person',
      ...(name && { name }),
      ...(phone && { phone }),
      ...(vaccinated && isDate(vaccinated) && { vaccinated }),
      via: rule.via,
      cls: rule.cls,
    } as const;
    if (!idNumber) return { ...person, idType: '99', idNumber: text, provisional: true };
    const identity = identityOf(idNumber);
    // A number that has the form but not the check digit would be somebody else's for ever.
    if (!identity && /^\d{17}[\dX]$/i.test(idNumber)) return undefined;
    if (!identity) return { ...person, idType: '99', idNumber, provisional: false };
    const { source: _, ...known } = identity;
    return { ...known, ...person, provisional: false };
  }

  function personIn(text: string, symbology: string | undefined): ClassifiedPerson | undefined {
    const identity = identityOf(text);
    if (identity) {
      const { source, ...known } = identity;
      const shown = symbology === undefined || matrix.test(symbology) ? 'qr' : 'paper';
      const via = source === 'document' ? 'document' : shown;
      return { kind: 'person', ...known, via, cls: 'normal', provisional: false };
    }
    for (const rule of persons) {
      if (rule.symbology !== undefined && !symbology?.startsWith(rule.symbology)) continue;
      const person = personBy(rule, text);
      if (person) return person;
    }
    return undefined;
  }

  return (scanned, symbology) => {
    if (scanned.length > unitsMax) return { kind: 'unknown', why: 'too-long' };
    const text = scanned.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').trim();
    if (text === '') return { kind: 'unknown', why: 'empty' };
    if (Buffer.byteLength(text) > textBytesMax) return { kind: 'unknown', why: 'too-long' };

    const action = commands.get(text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase()));
    if (action) return { kind: 'command', action };
    const device = identifyCard.exec(text)?.[1];
    if (device !== undefined) return { kind: 'identify', device: device.toLowerCase() };
    // Of a sheet for another version of hutgate, or one that was misread: certainly no code of the campaign.
    if (/^HUTGATE:/i.test(text)) return { kind: 'unknown', why: 'no-pattern' };

    const object = objects.find(({ matches }) => matches(text));
    if (object) return { kind: object.kind, code: text };
    return personIn(text, symbology) ?? { kind: 'unknown', why: 'no-pattern' };
  };
}

function isDate(yyyymmdd: string): boolean {
  if (!/^\d{8}$/.test(yyyymmdd)) return false;
  const day = `${yyyymmdd.slice(0, 4)}-${yyyymmdd.slice(4, 6)}-${yyyymmdd.slice(6)}`;
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
