/** The gateway that runs on this configuration, if one does: whether its store is locked, and what its local API says. */
import { join } from 'node:path';
import type { Config } from '../../config/load.ts';
import { readLocalToken } from '../api/local-token.ts';
import { apiError, type DeviceView, type Health } from '../contract/api.ts';
import { storeDir } from '../store-dir.ts';
import { lockHolder } from './doctor/processes.ts';

export interface RunningGateway {
  /** Undefined when another user or container keeps it from being seen. */
  readonly pid?: number;
  /** It answers, and not to this user, who may not read the token in the data directory. */
  readonly isClosed?: true;
  /** Undefined when the API does not answer. */
  readonly api?: { readonly url: string; readonly health: Health; readonly devices: readonly DeviceView[] };
}

const answerWithinMs = 3_000;

/** Undefined when none runs. */
export async function runningGateway(config: Config): Promise<RunningGateway | undefined> {
  const pid = await lockHolder(join(storeDir(config), 'lock'));
  const answer = await askApi(config);
  if (pid === undefined && !answer) return undefined;
  return { ...(pid !== undefined && { pid }), ...answer };
}

/** Without a slash at the end; undefined where the port is not known before the gateway runs. */
export function apiUrl({ api: { listen } }: Config): string | undefined {
  if (listen.port === 0) return undefined;
  const anyAddress = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ]);
  const host = anyAddress.get(listen.host) ?? listen.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`;
}

async function askApi(config: Config): Promise<Pick<RunningGateway, 'api' | 'isClosed'> | undefined> {
  const url = apiUrl(config);
  if (url === undefined) return undefined;
  try {
    const headers = await localHeaders(config);
    const health = await getJson<Health>(`${url}/api/health`, headers);
    // Another hut, or another program, may have the port.
    if (health.gateway.id !== config.gateway.id || health.gateway.region !== config.gateway.region) return undefined;
    return { api: { url, health, devices: await getJson<DeviceView[]>(`${url}/api/devices`, headers) } };
  } catch (error) {
    return error instanceof Closed ? { isClosed: true } : undefined;
  }
}

/** Lets a local tool in where people sign in. Empty when this user may not read the data directory. */
export async function localHeaders({ gateway }: Config): Promise<Record<string, string>> {
  const token = await readLocalToken(gateway.dataDir);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function getJson<T>(url: string, headers: Record<string, string>): Promise<T> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(answerWithinMs) });
  // Of a gateway; of another program that has the port a 401 says nothing.
  if (response.status === 401 && apiError.safeParse(await response.json()).data?.error.code === 'sign-in')
    throw new Closed();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}

class Closed extends Error {
  override readonly name = 'Closed';
}
