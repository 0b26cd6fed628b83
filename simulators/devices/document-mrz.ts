/**
 * The other end of a reader of machine-readable zones: documents of people who do not exist, sent in the forms of the
 * makers (3M RTE native, DESKO serial, EST-100PR, Elyctis IDBOX One, plain lines, imagers with OCR). The encoder is this
 * side's own; only the check digit is shared with the driver.
 */
import { z } from 'zod';
import { mrzCheckDigit } from '../../device-drivers/wire/mrz.ts';
import { defineAction, defineSimulator, type SimulatorAction } from '../device.ts';

interface Holder {
  readonly code: string;
  readonly state: string;
  /** `SURNAME<<GIVEN<NAMES` */
  readonly name: string;
  readonly number: string;
  readonly nationality: string;
  /** YYMMDD */
  readonly birth: string;
  readonly sex: 'M' | 'F' | '<';
  readonly expiry: string;
  readonly optional?: string;
}

const field = (text: string, length: number) => text.padEnd(length, '<').slice(0, length);
const checked = (text: string) => text + mrzCheckDigit(text);

function td3({ code, state, name, number, nationality, birth, sex, expiry, optional = '' }: Holder): string[] {
  const numberField = checked(field(number, 9));
  const dates = [checked(birth), checked(expiry)] as const;
  const optionalField = checked(field(optional, 14));
  const composite = mrzCheckDigit(numberField + dates[0] + dates[1] + optionalField);
  return [
    field(code, 2) + field(state, 3) + field(name, 39),
    `${numberField}${field(nationality, 3)}${dates[0]}${sex}${dates[1]}${optionalField}${composite}`,
  ];
}

/** A number of more than nine characters goes on in the optional data, with its check digit behind it. */
function numberAndOptional(number: string, optional: string, length: number): string {
  const long = `${number.slice(0, 9)}<${number.slice(9)}${mrzCheckDigit(number)}`;
  return field(
    (number.length > 9 ? long : checked(field(number, 9))) + (number.length > 9 ? '<' : '') + optional,
    length,
  );
}

function td2({ code, state, name, number, nationality, birth, sex, expiry, optional = '' }: Holder): string[] {
  const numberPart = numberAndOptional(number, optional, 17);
  const dates = [checked(birth), checked(expiry)] as const;
  const [head, rest] = [numberPart.slice(0, 10), numberPart.slice(10)];
  const composite = mrzCheckDigit(head + dates[0] + dates[1] + rest);
  return [
    field(code, 2) + field(state, 3) + field(name, 31),
    `${head}${field(nationality, 3)}${dates[0]}${sex}${dates[1]}${rest}${composite}`,
  ];
}

function td1({ code, state, name, number, nationality, birth, sex, expiry, optional = '' }: Holder): string[] {
  const numberPart = numberAndOptional(number, optional, 25);
  const dates = [checked(birth), checked(expiry)] as const;
  const composite = mrzCheckDigit(numberPart + dates[0] + dates[1] + '<'.repeat(11));
  return [
    field(code, 2) + field(state, 3) + numberPart,
    `${dates[0]}${sex}${dates[1]}${field(nationality, 3)}${'<'.repeat(11)}${composite}`,
    field(name, 30),
  ];
}

function permitLine({ number, birth, expiry }: Holder): string[] {
  const line = `CS${checked(number)}<${checked(expiry)}<${checked(birth)}<`;
  return [line + mrzCheckDigit(line.slice(2))];
}

const china = { state: 'CHN', nationality: 'CHN', birth: '900307', sex: 'M', expiry: '300306' } as const;

/** What can be laid on. Numbers are the standard's specimens, or runs of zeros. */
export const documents: ReadonlyMap<string, readonly string[]> = new Map([
  ['passport', td3({ ...china, code: 'PO', name: 'CESHI<<SHILI', number: 'E00000001' })],
  [
    'passport-icao',
    td3({
      ...{ code: 'P', state: 'UTO', name: 'ERIKSSON<<ANNA<MARIA', number: 'L898902C3', nationality: 'UTO' },
      ...{ birth: '740812', sex: 'F', expiry: '120415', optional: 'ZE184226B' },
    }),
  ],
  [
    'passport-german',
    td3({
      ...{ code: 'P', state: 'D', name: 'MUSTERMANN<<ERIKA', number: 'C01X00T47', nationality: 'D' },
      ...{ birth: '640812', sex: 'F', expiry: '270228' },
    }),
  ],
  ['permit-hong-kong', td1({ ...china, code: 'CR', name: 'CHAN<<CESHI', number: 'H00000001' })],
  ['permit-hong-kong-1999', td1({ ...china, code: 'C', name: 'CHAN<<CESHI', number: 'H0000000100' })],
  ['permit-taiwan', td1({ ...china, code: 'CT', name: 'LIN<<CESHI', number: '00000002' })],
  ['permit-to-hong-kong', permitLine({ ...china, code: 'CS', name: '', number: 'C00000001' })],
  [
    'visa-card',
    td2({
      ...{ code: 'I', state: 'UTO', name: 'ERIKSSON<<ANNA<MARIA', number: 'D23145890', nationality: 'UTO' },
      ...{ birth: '740812', sex: 'F', expiry: '120415' },
    }),
  ],
]);

const options = z.strictObject({
  form: z.enum(['lines', 'one-line', '3m-rte', 'desko', 'est-100pr', 'elyctis']).default('lines'),
  /** lines, and the end of one-line. */
  lineEnd: z.enum(['CR', 'LF', 'CRLF', 'none']).default('CR'),
  /** elyctis: between the lines. */
  separator: z.enum(['CR', 'LF', 'CRLF', 'none']).default('none'),
});
type Form = z.infer<typeof options>;
const present = z.strictObject({
  /** One of the documents of this simulator. */
  document: z.string().default('passport'),
  /** Instead of it: the lines as the optics see them, `_` for what they cannot read. */
  lines: z.array(z.string().max(64)).min(1).max(3).optional(),
});

const ends: ReadonlyMap<string, string> = new Map([
  ['CR', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['none', ''],
]);

/** Bytes by form; Elyctis answers only when it is asked. */
export function sentBytes(lines: readonly string[], { form, lineEnd, separator }: Form): Uint8Array {
  const end = ends.get(lineEnd)!;
  switch (form) {
    case 'lines':
      return Buffer.from(lines.map((line) => line + end).join(''), 'latin1');
    case 'one-line':
      return Buffer.from(lines.join('') + end, 'latin1');
    case 'desko':
      return Buffer.from(`\x02${lines.map((line) => `${line}\r`).join('')}\x03`, 'latin1');
    case 'est-100pr': {
      const data = JSON.stringify({ data: lines.join('\n'), type: 'PassPort' });
      return Buffer.from(`\x02CameraData:${data}\x03\r\n`, 'latin1');
    }
    case '3m-rte':
      return rte(lines);
    case 'elyctis': {
      const data = Buffer.from(lines.join(ends.get(separator)), 'latin1');
      return Buffer.concat([Uint8Array.of(0x49, data.length >> 8, data.length & 0xff), data]);
    }
  }
}

/** Three lines always, the bottom one last. Length in 7-bit bytes over all behind it; the check byte is an XOR (one source each). */
function rte(lines: readonly string[]): Uint8Array {
  const three = ['', '', ...lines].slice(-3);
  const body = Buffer.from(`OU\x02\x00${three.map((line) => `${line}\r`).join('')}\x03`, 'latin1');
  const length = body.length + 1;
  const head = Uint8Array.of(0x01, length & 0x7f, length >> 7);
  return Buffer.concat([head, body, Uint8Array.of(body.reduce((check, byte) => check ^ byte, 0))]);
}

export const documentMrz = defineSimulator<Form>({
  name: 'document-mrz',
  describe: 'Passport and permit reader that sends the machine-readable zone',
  wires: ['pty', 'tcp'],
  baudRate: 9600,
  options,
  create(settings, { send }) {
    let powered = true;
    let shown: readonly string[] | undefined;
    let reads = 0;
    let held: number[] = [];

    const actions: [string, SimulatorAction][] = [
      [
        'present',
        defineAction<z.infer<typeof present>>({
          describe: 'Lay a document on the reader, or swipe it',
          args: present,
          run({ document, lines = documents.get(document) }) {
            if (!powered) throw new Error('the reader has no power');
            if (!lines) throw new Error(`there is no such document; known: ${[...documents.keys()].join(', ')}`);
            shown = lines;
            reads += 1;
            if (settings.form !== 'elyctis') send(sentBytes(lines, settings));
          },
        }),
      ],
      [
        'remove',
        defineAction<Record<string, never>>({
          describe: 'Take the document away',
          args: z.strictObject({}),
          run() {
            shown = undefined;
          },
        }),
      ],
    ];
    return {
      receive(chunk) {
        if (!powered || settings.form !== 'elyctis') return;
        for (const byte of chunk) {
          held = byte === 0x49 || held.length > 0 ? [...held, byte] : [];
          if (held.length < 3) continue;
          const isInquiry = held[1] === 0 && held[2] === 0;
          held = [];
          if (isInquiry) send(shown ? sentBytes(shown, settings) : Uint8Array.of(0x49, 0, 0));
        }
      },
      actions: new Map(actions),
      state: () => ({ powered, document: shown !== undefined, reads }),
      power(on) {
        powered = on;
        held = [];
      },
      stop() {},
    };
  },
});
