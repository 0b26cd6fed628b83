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

const lane = z.strictObject({
  id: id.describe('Id of the lane, unique in the hut'),
  scanner: id.describe('Device id of its scanner'),
  card: id.describe('Device id of its ID-card or passport reader').optional(),
  printer: id.describe('Device id of its label or receipt printer').optional(),
  lamp: id.describe('Device id of its indicator').optional(),
});

const boxC = z.number().min(-100).max(100);
export const coldBox = z.strictObject({
  device: id.describe('Device id of the temperature probe in the box'),
  channel: z
    .int()
    .min(0)
    .max(255)
    .describe('Channel of a probe with several; without it all of them, each by itself')
    .optional(),
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

const campaign = z
  .strictObject({
    round: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits, _, . and -')
      .describe('Campaign round')
      .default('r1'),
    poolSize: z.literal([1, 5, 10, 20]).describe('Persons per tube').default(10),
    flow: z.enum(['tube-first', 'people-first', 'box-first']).describe('Order of the scans').default('tube-first'),
    codes: z
      .strictObject({
        tube: pattern.describe('Regular expression of tube codes, ^…$').optional(),
        box: pattern.describe('Regular expression of box codes, ^…$').optional(),
      })
      .describe('Codes of objects. A text that none of them matches is personal data and is sealed')
      .prefault({}),
    feverC: z.number().min(35).max(42).describe('Fever from here on, degrees Celsius').default(37.3),
  })
  .describe("Until the centre's plan replaces it");

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
