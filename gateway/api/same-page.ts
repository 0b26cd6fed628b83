/**
 * Who may talk to the API: this hut's own page and local tools, no other page open in the same browser.
 * - Host must be an IP address or localhost: a name that was rebound to 127.0.0.1 (DNS rebinding) is refused.
 * - Origin, where a browser sends it (always on POST and WebSocket), must be the page's own.
 */
import { isIP } from 'node:net';

export interface Headers {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/** undefined: welcome. */
export function refusal(headers: Headers): 'host' | 'origin' | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isOwnHost(host)) return 'host';
  if (origin !== undefined && origin !== `http://${host}`) return 'origin';
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'origin';
  return undefined;
}

function isOwnHost(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, '');
  const address = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  return name === 'localhost' || isIP(address) !== 0;
}
