import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { checkBroker } from '../../../gateway/cli/doctor/broker.ts';
import { startBroker } from '../../../simulators/broker.ts';
import { freePort } from '../../support/gateway-process.ts';

const gateway = { id: 'hut-1', region: 'test' };
const check = (url: string, credentials = {}, protocol: 'auto' | '3.1.1' | '5' = 'auto') =>
  checkBroker({ uplink: { url, protocol }, gateway }, { credentials });
const verdicts = async (...given: Parameters<typeof check>) =>
  (await check(...given)).map(({ check: name, verdict }) => `${name} ${verdict}`);

test('a broker of MQTT 3.1.1: falls back, signs in, gets back what it published, and throws nobody out', async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  expect(await verdicts(broker.url)).toEqual(['broker ok', 'broker sign-in ok', 'broker rights ok']);
  expect((await check(broker.url))[1]!.says).toBe('accepted as nobody, MQTT 3.1.1');
});

test('a wrong password', async () => {
  const broker = await startBroker({ users: new Map([['hut-1', 'right']]) });
  onTestFinished(() => broker.stop());
  const [, signIn] = await check(broker.url, { username: 'hut-1', password: 'hunter2' }, '3.1.1');
  expect(signIn).toMatchObject({ verdict: 'FAIL', fix: expect.stringContaining('passwordFile') });
  expect(JSON.stringify(signIn)).not.toContain('hunter2');
  expect(await verdicts(broker.url, { username: 'hut-1', password: 'right' })).toContain('broker rights ok');
});

test('nothing listens; there is no such name; something else than a broker listens', async () => {
  const refused = await check(`mqtt://127.0.0.1:${await freePort()}`);
  expect(refused).toMatchObject([{ verdict: 'FAIL', says: expect.stringContaining('nothing listens there') }]);
  const unknown = await check('mqtt://no-such-broker.invalid');
  expect(unknown).toMatchObject([{ verdict: 'FAIL', fix: expect.stringMatching(/DNS|resolv/) }]);

  const web = createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  onTestFinished(() => void web.close());
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address() as { port: number };
  expect((await check(`mqtt://127.0.0.1:${port}`)).at(-1)).toMatchObject({ check: 'broker sign-in', verdict: 'FAIL' });
  expect((await check(`mqtts://127.0.0.1:${port}`)).at(-1)).toMatchObject({
    ...{ check: 'broker TLS', verdict: 'FAIL' },
    says: 'no TLS is spoken there',
  });
});
