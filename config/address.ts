/** `at:`, where a device is: a transport scheme, a colon, and what that transport needs to find it. */

const schemes = ['serial', 'hid', 'usb', 'tcp', 'file', 'w1', 'gpio', 'sim'] as const;
export type Scheme = (typeof schemes)[number];

export interface Address {
  readonly scheme: Scheme;
  readonly target: string;
}

const path = /^\/[^\0]+$/;
const targets: ReadonlyMap<string, { pattern: RegExp; form: string }> = new Map([
  ['serial', { pattern: path, form: 'serial:/dev/serial/by-id/… or by-path/…' }],
  [
    'hid',
    {
      pattern: /^(?:\/dev\/hidraw\d+|[0-9a-f]{4}:[0-9a-f]{4}(?::[^#]{1,64})?(?:#\d{1,2})?)$/i,
      form: 'hid:VID:PID[:serial][#interface] (hexadecimal) or hid:/dev/hidrawN',
    },
  ],
  ['usb', { pattern: /^[0-9a-f]{4}:[0-9a-f]{4}(?::.{1,64})?$/i, form: 'usb:VID:PID[:serial] (hexadecimal)' }],
  ['tcp', { pattern: /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-f:.]+\]):\d{1,5}$/i, form: 'tcp:HOST:PORT' }],
  ['file', { pattern: path, form: 'file:/dev/usb/lpN' }],
  ['w1', { pattern: /^[0-9a-f]{2}-[0-9a-f]{12}$/, form: 'w1:28-0316a2794e01' }],
  ['gpio', { pattern: /^[A-Za-z0-9_.:-]{1,64}\/\d{1,3}$/, form: 'gpio:CHIP-LABEL/LINE' }],
  ['sim', { pattern: /^[a-z0-9-]{1,32}$/, form: 'sim:NAME' }],
]);

export type ParsedAddress = { readonly address: Address } | { readonly wrong: string; readonly allowed: string };

export function parseAddress(at: string): ParsedAddress {
  const colon = at.indexOf(':');
  const scheme = at.slice(0, Math.max(colon, 0));
  const rule = targets.get(scheme);
  if (!rule)
    return { wrong: 'does not begin with a known scheme', allowed: `one of ${schemes.map((s) => `${s}:`).join(', ')}` };
  const target = at.slice(colon + 1);
  if (!rule.pattern.test(target) || (scheme === 'tcp' && !isPort(target.slice(target.lastIndexOf(':') + 1))))
    return { wrong: `is no ${scheme}: address`, allowed: rule.form };
  return { address: { scheme: scheme as Scheme, target } };
}

const isPort = (text: string) => Number(text) >= 1 && Number(text) <= 65_535;
