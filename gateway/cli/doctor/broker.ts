/**
 * The way to the broker, step by step, so that the first one that fails names what to mend: name and TCP, TLS, sign-in,
 * rights, round trip. Under a client id of its own: the hut's would throw a running gateway out. What it publishes goes to
 * a topic that nobody but itself reads, and is not retained.
 */
import { randomUUID, X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Config } from '../../../config/load.ts';
import { hutRoot } from '../../contract/topics.ts';
import type { Secrets } from '../../secrets.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

type HutIds = Pick<Config['gateway'], 'id' | 'region'>;

const withinMs = 10_000;
/** From the broker's acknowledgement on; over a slow mobile network too. */
const backWithinMs = 3_000;
const certificateSoonDays = 14;
const dayMs = 86_400_000;

export async function checkBroker(
  { uplink, gateway }: { uplink: Pick<Config['uplink'], 'url' | 'protocol'>; gateway: HutIds },
  { credentials, tls }: Pick<Secrets, 'credentials' | 'tls'>,
): Promise<Finding[]> {
  const url = new URL(uplink.url);
  const isTls = url.protocol === 'mqtts:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (isTls ? 8883 : 1883);
  const findings: Finding[] = [];

  const reached = await reach(host, port);
  findings.push(reached);
  if (reached.verdict === 'FAIL') return findings;
  if (isTls) {
    const secured = await secure(host, port, tls);
    findings.push(secured);
    if (secured.verdict === 'FAIL') return findings;
    if (tls?.cert) findings.push(...ownCertificate(tls.cert, gateway.id));
  }

  let client: MqttClient | undefined;
  try {
    const versions = { auto: [5, 4], '3.1.1': [4], '5': [5] } as const;
    client = await signIn(uplink.url, versions[uplink.protocol], {
      clientId: `${gateway.id}-doctor-${randomUUID().slice(0, 8)}`,
      ...credentials,
      ...tls,
      // The default would hang up on the certificate of the machine, and nothing is published without our doing.
      reconnectPeriod: 0,
      connectTimeout: withinMs,
    });
    const user = credentials.username ?? (tls?.cert ? 'the client certificate' : 'nobody');
    findings.push(
      ok('broker sign-in', `accepted as ${user}, MQTT ${client.options.protocolVersion === 5 ? '5' : '3.1.1'}`),
    );
    findings.push(await roundTrip(client, hutRoot({ region: gateway.region, gateway: gateway.id })));
  } catch (error) {
    findings.push(refused(error as NodeJS.ErrnoException));
  } finally {
    client?.end(true);
  }
  return findings;
}

function reach(host: string, port: number): Promise<Finding> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout: withinMs });
    const end = (finding: Finding) => {
      socket.destroy();
      resolve(finding);
    };
    const failed = (says: string, fix: string) => end(fail('broker', `${host}:${port}: ${says}`, fix));
    socket.once('connect', () => end(ok('broker', `${host}:${port} answers after ${elapsed(startedMs)}`)));
    socket.once('timeout', () =>
      failed(`no answer within ${withinMs / 1_000} s`, 'is there a network (ip route)? does a firewall drop it?'),
    );
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => {
      const known = tcpErrors.get(code);
      failed(known?.says ?? code, known?.fix ?? 'check the network and uplink.url');
    });
  });
}

const tcpErrors: ReadonlyMap<string, { says: string; fix: string }> = new Map([
  ['ENOTFOUND', { says: 'there is no such name', fix: 'check uplink.url and DNS (resolvectl query NAME)' }],
  ['EAI_AGAIN', { says: 'the name cannot be looked up: no DNS', fix: 'check the network and /etc/resolv.conf' }],
  ['ECONNREFUSED', { says: 'nothing listens there', fix: 'start the broker; check the port in uplink.url' }],
  ['EHOSTUNREACH', { says: 'no way to it', fix: 'check the network: ip route' }],
  ['ENETUNREACH', { says: 'this machine has no network', fix: 'check cable, SIM card and ip route' }],
  ['ETIMEDOUT', { says: 'no answer', fix: 'a firewall may drop it; check the port in uplink.url' }],
]);

function secure(host: string, port: number, tls: Secrets['tls']): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = connectTls({
      ...{ host, port, ...tls, timeout: withinMs },
      ...(isIP(host) === 0 && { servername: host }),
    });
    const end = (finding: Finding) => {
      socket.destroy();
      resolve(finding);
    };
    socket.once('secureConnect', () => {
      const until = new Date(socket.getPeerCertificate().valid_to);
      end(
        validity(
          'broker TLS',
          `${socket.getProtocol()}, certificate of the broker`,
          until,
          'have the certificate of the broker renewed',
        ),
      );
    });
    socket.once('timeout', () => end(fail('broker TLS', 'no TLS within 10 s', 'is it the TLS port (usually 8883)?')));
    socket.once('error', (error: NodeJS.ErrnoException) => end(tlsFailure(error)));
  });
}

function tlsFailure({ code = '', message }: { readonly code?: string; readonly message: string }): Finding {
  const known = tlsErrors.find(({ codes }) => codes.test(code));
  if (known) return fail('broker TLS', known.says, known.fix);
  return fail(
    'broker TLS',
    `${code || message}`,
    'is it the TLS port (usually 8883)? compare uplink.tls with what the broker wants',
  );
}

const tlsErrors: readonly { codes: RegExp; says: string; fix: string }[] = [
  {
    codes: /CERT_NOT_YET_VALID/,
    says: 'the certificate of the broker is not valid yet',
    fix: 'set the clock: see the line clock',
  },
  {
    codes: /CERT_HAS_EXPIRED/,
    says: 'the certificate of the broker has expired',
    fix: 'see the line clock; if it is right, have the certificate renewed',
  },
  {
    codes: /ALTNAME_INVALID/,
    says: 'the certificate is of another name than uplink.url has',
    fix: 'correct the name in uplink.url, or have the certificate made for it',
  },
  {
    codes: /SELF_SIGNED|UNABLE_TO|DEPTH_ZERO/,
    says: 'the certificate of the broker is of an authority that is not trusted here',
    fix: 'set uplink.tls.ca to the CA certificate of the broker',
  },
  {
    codes: /ALERT|HANDSHAKE_FAILURE/,
    says: 'the broker refuses our certificate',
    fix: 'set uplink.tls.cert and key to those that the centre issued for this hut',
  },
  {
    codes: /WRONG_VERSION_NUMBER|PACKET_LENGTH/,
    says: 'no TLS is spoken there',
    fix: 'is it the TLS port (usually 8883)? else mqtt://, on loopback only',
  },
  {
    codes: /ECONNRESET/,
    says: 'the broker hangs up in the handshake',
    fix: 'is it the TLS port (usually 8883)? does the broker want a client certificate?',
  },
];

function ownCertificate(pem: string, gatewayId: string): Finding[] {
  const certificate = new X509Certificate(pem);
  const says = `own certificate (${certificate.subject.replace(/\n/g, ', ')})`;
  const findings = [validity('own certificate', says, new Date(certificate.validTo), 'ask the centre for a new one')];
  if (!certificate.subject.split('\n').includes(`CN=${gatewayId}`))
    findings.push(
      warn(
        'own certificate',
        `its CN is not ${gatewayId}`,
        'brokers take the CN for the hut: ask for a certificate with that CN',
      ),
    );
  return findings;
}

function validity(check: string, what: string, until: Date, fix: string): Finding {
  const days = Math.floor((until.getTime() - Date.now()) / dayMs);
  const says = `${what} valid until ${until.toISOString().slice(0, 10)}`;
  if (days < 0) return fail(check, `${says}: expired`, fix);
  return days < certificateSoonDays ? warn(check, `${says}: ${days} days left`, fix) : ok(check, says);
}

async function signIn(url: string, versions: readonly (4 | 5)[], options: IClientOptions): Promise<MqttClient> {
  const [protocolVersion, ...older] = versions;
  try {
    return await mqtt.connectAsync(url, { ...options, protocolVersion: protocolVersion! }, false);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (older.length > 0 && (code === 1 || code === 0x84)) return signIn(url, older, options);
    throw error;
  }
}

/** CONNACK codes of MQTT 3.1.1 (4, 5) and 5. */
function refused({ code, message }: { code?: unknown; message: string }): Finding {
  const fix = 'compare uplink.username, passwordFile and the certificate with what the broker has for this hut';
  if (code === 4 || code === 0x86) return fail('broker sign-in', 'user name or password is wrong', fix);
  if (code === 5 || code === 0x87) return fail('broker sign-in', 'the broker does not let this hut in', fix);
  if (code === 2 || code === 0x85)
    return fail(
      'broker sign-in',
      'the broker refuses our client id',
      'let it accept ids other than the user name for this test',
    );
  // With TLS 1.3 a broker refuses a client's certificate only after the handshake.
  if (/ALERT/.test(String(code))) return tlsFailure({ code: String(code), message });
  const text = String(code ?? message).slice(0, 100);
  return fail('broker sign-in', `failed: ${text}`, 'is it an MQTT broker? look at its log');
}

async function roundTrip(client: MqttClient, root: string): Promise<Finding> {
  const topic = `${root}/doctor`;
  const fix = `the broker must let this user write and read below ${root}/ (config/mosquitto/acl)`;
  const refuse = (what: string) => fail('broker rights', `${what} ${topic} is refused`, fix);
  const token = randomUUID();
  let timer: NodeJS.Timeout | undefined;
  try {
    const [grant] = await client.subscribeAsync(topic, { qos: 1 });
    if (!grant || grant.qos >= 0x80) return refuse('subscribing to');
    const startedMs = performance.now();
    const back = new Promise<boolean>((resolve) => {
      client.on('message', (_topic, payload) => {
        if (payload.toString() === token) resolve(true);
      });
      client.once('close', () => resolve(false));
    });
    await client.publishAsync(topic, token, { qos: 1 });
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, backWithinMs, false);
    });
    if (!(await Promise.race([back, late]))) return refuse('publishing to or reading from');
    return ok('broker rights', `what is published below ${root}/ comes back after ${elapsed(startedMs)}`);
  } catch (error) {
    // MQTT.js rejects where SUBACK or PUBACK refuse; a 3.1.1 broker may close instead.
    return client.connected
      ? refuse('using')
      : fail('broker rights', `the broker hung up: ${(error as Error).message}`, fix);
  } finally {
    clearTimeout(timer);
  }
}

const elapsed = (startedMs: number) => `${(performance.now() - startedMs).toFixed(0)} ms`;
