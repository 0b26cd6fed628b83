/**
 * The whole configuration of a hut. Defaults live here and nowhere else; every key has a description, which also feeds
 * config/schema.json and the technician's page. Unknown keys are errors. What one key alone cannot say is in checks.ts.
 */
import { z } from 'zod';

/** Ids stand in topics: short, and never personal data. */
const id = z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -');
const filePath = z.string().min(1).max(4096);
const hours = z
  .number()
  .min(1)
  .max(24 * 366);

export const lineSettings = z.strictObject({
  baudRate: z.int().min(50).max(4_000_000).describe('UART speed, baud').default(9600),
  dataBits: z.literal([5, 6, 7, 8]).describe('UART data bits').default(8),
  parity: z.enum(['none', 'even', 'odd']).describe('UART parity').default('none'),
  stopBits: z.literal([1, 2]).describe('UART stop bits').default(1),
  flowControl: z.enum(['none', 'rtscts', 'xonxoff']).describe('UART flow control').default('none'),
});

const gateway = z.strictObject({
  id: id.describe('Id of this hut, unique in its region; the user name or certificate CN at the broker'),
  region: id.describe('Region of the hut; the second part of every topic'),
  site: z
    .strictObject({
      name: z.string().min(1).max(64).describe('Name of the site as people know it'),
      type: z
        .enum(['fixed', 'mobile', 'home'])
        .describe('fixed: a hut; mobile: a vehicle; home: door to door')
        .default('fixed'),
    })
    .describe('Where the hut stands'),
  dataDir: filePath.describe('Directory of the store; relative to this file').default('/var/lib/hutgate'),
});

const uplink = z.strictObject({
  url: z
    .string()
    .refine(isBrokerUrl, 'must be mqtts://HOST[:PORT] or mqtt://HOST[:PORT], without user, password and path')
    .describe('Broker, mqtts://HOST:PORT; mqtt:// only on loopback or with allowPlaintext'),
  allowPlaintext: z.boolean().describe('Accept mqtt:// to another machine').default(false),
  protocol: z.enum(['auto', '3.1.1', '5']).describe('MQTT version; auto tries 5 and falls back').default('auto'),
  username: z
    .string()
    .min(1)
    .max(128)
    .describe('User at the broker; with a password and no user, the gateway id')
    .optional(),
  passwordFile: filePath.describe('File that holds the password; relative to this file').optional(),
  tls: z
    .strictObject({
      ca: filePath.describe('File of the CA certificates, PEM; without it the system ones').optional(),
      cert: filePath.describe('File of the client certificate, PEM').optional(),
      key: filePath.describe('File of the client private key, PEM').optional(),
    })
    .describe('Certificates of the connection')
    .optional(),
  confirm: z
    .enum(['central', 'broker'])
    .describe("When an event counts as delivered: central, by the centre's own ack; broker, by PUBACK")
    .default('central'),
});

const privacy = z.strictObject({
  recipient: filePath.describe(
    "File of the registry's public key, JWK EC P-256; personal data is sealed to it at capture",
  ),
  personRefKey: filePath.describe(
    'File of the HMAC key of person references, base64, 32 bytes or more; changes per campaign',
  ),
});

export const device = z.strictObject({
  id: id.describe('Id of the device, unique in the hut; stands in topics and on the technician page'),
  driver: z.string().describe('Driver, by name'),
  at: z.string().describe('Address: serial:, hid:, tcp:, file:, w1:, gpio: or sim:, then what that transport needs'),
  options: z
    .record(z.string(), z.unknown())
    .describe('Options of the driver, and UART settings of serial: devices')
    .default({}),
});

const channel = z.int().min(0).max(255);

const lane = z.strictObject({
  id: id.describe('Id of the lane, unique in the hut'),
  scanner: id.describe('Device id of its scanner'),
  extraScanners: z
    .array(id)
    .max(4)
    .describe('Device ids of further scanners whose readings belong to this lane, also when the first one is gone')
    .default([]),
  card: id.describe('Device id of its ID-card or passport reader').optional(),
  thermometer: id.describe('Device id of its body thermometer').optional(),
  boxProbe: z
    .strictObject({
      device: id.describe('Device id of a temperature probe that coldBoxes watches'),
      channel: channel.describe('Channel of a probe with several; without it all of them').optional(),
    })
    .describe('What measures in the transport box that is opened at this lane; lanes may share it')
    .optional(),
  printer: id.describe('Device id of the printer of tube and box labels; lanes may share it').optional(),
  slipPrinter: id.describe("Device id of the printer of citizens' slips; lanes may share it").optional(),
  lamp: id.describe('Device id of its indicator with use: ok-lamp').optional(),
  errorLamp: id.describe('Device id of its indicator with use: error-lamp').optional(),
  buzzer: id.describe('Device id of its indicator with use: buzzer').optional(),
});

const boxC = z.number().min(-100).max(100);
export const coldBox = z.strictObject({
  device: id.describe('Device id of the temperature probe in the box'),
  channel: channel.describe('Channel of a probe with several; without it all of them, each by itself').optional(),
  minC: boxC.describe('Coldest the samples may be, degrees Celsius').default(2),
  maxC: boxC.describe('Warmest the samples may be, degrees Celsius').default(8),
  hysteresisC: z
    .number()
    .min(0)
    .max(10)
    .describe('An excursion is over when the value is this far inside the limits, degrees Celsius')
    .default(0.3),
  afterMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .describe('Outside the limits for so long is an excursion, milliseconds')
    .default(60_000),
  door: id.describe('Device id of the contact on its door, a digital-input with use: door').optional(),
  doorGraceMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .describe(
      'Outside the limits after the door was opened is no excursion until so long after the opening, milliseconds; freezing is',
    )
    .default(0),
  freezingC: boxC
    .describe('Below is an excursion at once, degrees Celsius; of no account when minC is lower')
    .default(0),
  lostAfterPolls: z
    .int()
    .min(1)
    .max(1_000)
    .describe('Measurements without a usable value after which the sensor counts as lost')
    .default(3),
  keepEveryMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .describe(
      'Readings are published this often, and at once when they move over a limit, milliseconds; 0: all of them',
    )
    .default(60_000),
});

const pattern = z.string().min(1);
const seconds = z.int().min(0).max(3_600);

const personCode = z.strictObject({
  name: id.describe('What this kind of code is called'),
  pattern: pattern.describe(
    'Regular expression, ^…$. Groups idNumber, name, phone and vaccinated (YYYYMMDD) hold what their names say; without idNumber the whole text is a token that the centre resolves',
  ),
  via: z.enum(['qr', 'paper']).describe('qr: shown on a phone; paper: printed').default('qr'),
  symbology: z
    .string()
    .regex(/^\][A-Za-z][0-9A-Za-z]?$/, 'must be an AIM id or the beginning of one, such as ]Q')
    .describe('Beginning of the AIM id that the scanner must have given, such as ]Q; without it any')
    .optional(),
  class: z
    .enum(['normal', 'single'])
    .describe('single: whoever brings this code is sampled in a tube of their own')
    .default('normal'),
});

export const tubeAge = z.strictObject({
  amberMinutes: z.int().min(1).max(10_080).describe('Amber from here on, minutes since the first swab').default(120),
  redMinutes: z.int().min(1).max(10_080).describe('Red from here on, minutes since the first swab').default(210),
});

/** Texts of these are published in clear. */
export const objectCodes = z.strictObject({
  tube: pattern.describe('Regular expression of tube codes, ^…$').optional(),
  box: pattern.describe('Regular expression of box codes, ^…$').optional(),
  operator: pattern.describe("Regular expression of operators' badges, ^…$").optional(),
  courier: pattern.describe("Regular expression of couriers' badges, ^…$").optional(),
  seal: pattern.describe('Regular expression of seal numbers, ^…$').optional(),
});

const campaign = z
  .strictObject({
    round: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits, _, . and -')
      .describe('Campaign round')
      .default('r1'),
    kind: z
      .enum(['normal', 'resample'])
      .describe('resample: single tubes for the persons of a positive pool')
      .default('normal'),
    poolSize: z.literal([1, 5, 10, 20]).describe('Persons per tube').default(10),
    flow: z.enum(['tube-first', 'people-first', 'box-first']).describe('Order of the scans').default('tube-first'),
    codes: objectCodes
      .describe('Codes of objects. A text that none of them matches is personal data and is sealed')
      .prefault({}),
    persons: z
      .array(personCode)
      .max(16)
      .describe('Codes that people bring, tried in this order; personal data, never in clear')
      .default([]),
    temperature: z
      .enum(['off', 'optional', 'required'])
      .describe('Body temperature of each person: not measured, kept when measured, or measured before sampling')
      .default('off'),
    feverC: z.number().min(35).max(42).describe('Fever from here on, degrees Celsius').default(37.3),
    vaccineHours: z
      .int()
      .min(0)
      .max(720)
      .describe('Vaccinated less than so many hours ago is not sampled; 0: of no account')
      .default(48),
    undoSeconds: seconds.describe('The last person can be taken back for so long, seconds').default(60),
    reopenSeconds: seconds.describe('Closing a tube can be undone for so long, seconds').default(120),
    repeatMs: z
      .int()
      .min(0)
      .max(60_000)
      .describe('The same code again on one lane within this time is the same scan, milliseconds')
      .default(2_500),
    tubeAge: tubeAge.describe('When the page warns of the oldest tube').prefault({}),
    boxTubesMax: z
      .int()
      .min(1)
      .max(2_000)
      .describe('Tubes in a box above which the page warns; nothing is refused')
      .default(20),
    destination: z.string().min(1).max(64).describe('Laboratory the boxes go to').optional(),
  })
  .describe("Until the centre's plan replaces it");

const labels = z.strictObject({
  dir: filePath
    .describe("Directory of the hut's own label templates; relative to this file. Without it the built-in ones")
    .optional(),
  tube: z.enum(['off', 'on-open', 'on-close']).describe('When a tube label is printed').default('on-close'),
  box: z.enum(['off', 'on-seal']).describe('When a box label is printed').default('on-seal'),
  slip: z.enum(['off', 'on-person']).describe("When a citizen's slip is printed").default('off'),
  scanBack: z
    .boolean()
    .describe('Ask for one scan of each printed tube and box label: it can be read, and is on the right thing')
    .default(false),
});

const api = z.strictObject({
  listen: z
    .string()
    .refine(
      (text) => parseListen(text) !== undefined,
      'must be HOST:PORT with an IP address or localhost and a port from 0 to 65535',
    )
    .describe('IP address and port of the local page; port 0 takes any free one')
    .default('127.0.0.1:8080'),
  allowRemote: z.boolean().describe('Let other machines reach the page').default(false),
});

const log = z.strictObject({
  level: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .describe('Least severe level that is logged')
    .default('info'),
});

export const store = z.strictObject({
  keepConfirmedHours: hours.describe('How long confirmed events are kept for resending, hours').default(72),
  keepSealedHours: hours.describe('How long the sealed personal part of confirmed events is kept, hours').default(24),
});

const clock = z.strictObject({
  stepMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .describe('Jumps of the wall clock above this are recorded, milliseconds')
    .default(2_000),
});

export const configSchema = z.strictObject({
  gateway: gateway.describe('This hut'),
  uplink: uplink.describe('Connection to the central system'),
  privacy: privacy.describe('Keys by which personal data is sealed and referred to'),
  devices: z.array(device).max(64).describe('Devices of the hut').default([]),
  lanes: z.array(lane).max(16).describe('Sampling lanes; without one every reading is published as it is').default([]),
  coldBoxes: z
    .array(coldBox)
    .max(64)
    .describe('Cold boxes that are watched; the readings of other probes are published as they are')
    .default([]),
  campaign: campaign.prefault({}),
  labels: labels.describe('Labels and slips').prefault({}),
  staff: filePath
    .describe('File of the people who may sign in; relative to this file. A hut with lanes needs it')
    .optional(),
  api: api.describe('Local page and HTTP API').prefault({}),
  log: log.describe('Log on stderr').prefault({}),
  store: store.describe('Buffer on the disk').prefault({}),
  clock: clock.describe('Wall clock').prefault({}),
});

export interface Listen {
  readonly host: string;
  readonly port: number;
}

export function parseListen(text: string): Listen | undefined {
  const match = /^(localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(text);
  if (!match || Number(match[2]) > 65_535) return undefined;
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

export const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

function isBrokerUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined &&
    /^mqtts?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.username === '' &&
    url.password === '' &&
    /^\/?$/.test(url.pathname) &&
    url.search === '' &&
    url.hash === ''
  );
}
