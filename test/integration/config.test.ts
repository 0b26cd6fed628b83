/** Ten mistakes in one configuration: ten messages with file, line and column, exit 1, and nothing has begun. Wrong usage is exit 2. */
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../../simulators/broker.ts';
import { freePort } from '../support/gateway-process.ts';
import { startTap, type Tap } from './tap.ts';
import { hutgate, temporaryDir } from './whole-hut.ts';

let dir: string;
let file: string;
let tap: Tap;
let apiPort: number;
beforeEach(async () => {
  dir = temporaryDir();
  file = join(dir, 'hut.yaml');
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  tap = await startTap(broker.port);
  onTestFinished(() => tap.stop());
  apiPort = await freePort();
});

const tenMistakes = () => `gateway:
  id: Hut_1
  regoin: jinshui
  region: jinshui
  site: { name: Test, type: tent }
  dataDir: data
uplink:
  url: ${tap.url}
  confirm: sometimes
privacy:
  recipient: registry.jwk
  personRefKey: personref.key
devices:
  - { id: scanner-1, driver: scaner-line, at: "serial:/dev/ttyUSB0" }
  - { id: card-1, driver: id-sam, at: "gpio:chip/1" }
  - { id: card-1, driver: id-sam, at: "serial:/dev/ttyUSB1", options: { pollMs: "often" } }
campaign:
  poolSize: 7
  codes: { tube: "^T(\\\\d+$" }
api: { listen: 127.0.0.1:${apiPort} }
`;
const mistakes = [
  '2:7 gateway.id',
  '3:3 gateway.regoin',
  '5:29 gateway.site.type',
  '9:12 uplink.confirm',
  '14:30 devices[0].driver',
  '15:39 devices[1].at',
  '16:11 devices[2].id',
  '16:81 devices[2].options.pollMs',
  '18:13 campaign.poolSize',
  '19:18 campaign.codes.tube',
];

/** `LINE:COL key` of each message; every one also says what is wrong and what is allowed. */
const places = (output: string) =>
  output
    .trimEnd()
    .split('\n')
    .map((line) => {
      expect(line.startsWith(`${file}:`), line).toBe(true);
      const [, place] = /^:(\d+:\d+ [^:]+): .+; allowed: .+$/.exec(line.slice(file.length)) ?? [];
      return place ?? line;
    });

const portIsOpen = () =>
  new Promise<boolean>((resolve) => {
    const socket = connect(apiPort, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    onTestFinished(() => void socket.destroy());
  });

describe('ten mistakes', () => {
  test('hutgate check tells each with its place', async () => {
    writeFileSync(file, tenMistakes());
    const { code, stdout } = await hutgate('check', '--config', file);
    expect(code).toBe(1);
    expect(places(stdout)).toEqual(mistakes);
  });

  test('hutgate run tells the same and begins nothing', async () => {
    writeFileSync(file, tenMistakes());
    const { code, stdout, stderr } = await hutgate('run', '--config', file);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(places(stderr)).toEqual(mistakes);
    expect(existsSync(join(dir, 'data'))).toBe(false);
    expect(tap.connections).toBe(0);
    expect(await portIsOpen()).toBe(false);
  });
});

test.each([
  [[]],
  [['frobnicate']],
  [['run']],
  [['run', '--config', 'hut.yaml', '--frobnicate']],
  [['check']],
  [['simulate', '--seed', 'x']],
  [['demo', '--port', '99999']],
  [['central', '--broker', 'http://127.0.0.1']],
  [['store', 'verify']],
])('wrong usage is exit 2: hutgate %j', async (args) => {
  const { code, stdout, stderr } = await hutgate(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/error: |Usage: /);
});
