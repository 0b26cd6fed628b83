/** A local tool at a gateway with staff: let in by the token, told so without it, and not fooled by another program at the port. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Config } from '../../../config/load.ts';
import { startApi } from '../../../gateway/api/api.ts';
import { makeLocalToken } from '../../../gateway/api/local-token.ts';
import { runningGateway } from '../../../gateway/cli/local-api.ts';
import { createSignIn } from '../../../gateway/sign-in/sign-in.ts';
import { makeStaff } from '../../../gateway/sign-in/staff.ts';
import { createFakeHut } from '../../support/fake-hut.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryStore } from '../../support/memory-store.ts';

const log = pino({ level: 'silent' });
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-local-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
});
const configAt = (port: number, dataDir: string) =>
  ({
    gateway: { id: 'hut-0417', region: 'jinshui', dataDir },
    api: { listen: { host: '127.0.0.1', port } },
  }) as Config;

test('the token lets in; without it the gateway is there all the same', async () => {
  const signIn = createSignIn({
    ...{ staff: makeStaff([]), lanes: [], clock: manualClock(), bootId: 'boot', saved: new Map(), log },
    store: memoryStore({ gateway: 'hut-1', region: 'test' }),
    draft: (type, data) => ({
      ...{ stream: 'audit', type, time: '', monoMs: 1, clockQuality: 'synced', data: JSON.stringify(data) },
    }),
  });
  const api = await startApi({
    ...{ listen: { host: '127.0.0.1', port: 0 }, view: createFakeHut().view, staticDir: join(dir, 'no-page'), log },
    ...{ signIn, isLocalTool: await makeLocalToken(dir) },
  });
  onTestFinished(() => api.close());
  const port = Number(new URL(api.url).port);
  expect((await runningGateway(configAt(port, dir)))?.api?.devices).toHaveLength(4);
  expect(await runningGateway(configAt(port, join(dir, 'not-ours')))).toEqual({ isClosed: true });
});

test('another program at the port is no gateway', async () => {
  const other = createServer((_request, response) => response.writeHead(401).end('{"error":"who are you?"}'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  expect(await runningGateway(configAt((other.address() as AddressInfo).port, dir))).toBeUndefined();
});
