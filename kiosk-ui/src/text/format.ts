/** How times, numbers and text from the wire are shown. */

/** hh:mm:ss of an RFC 3339 instant, as the hut's clock had it. */
export const timeOfDay = (instant: string): string => instant.slice(11, 19);

/** hh:mm:ss of this machine's clock. */
export function wallTime(wallMs: number): string {
  const date = new Date(wallMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':');
}

/** 1,234,567 */
export const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** 4.2 MB */
export function byteSize(bytes: number): string {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1_000 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${units[step]}`;
}

const lineMax = 40;
/** Controls, and characters that turn the direction of text or are invisible: a hostile code may hold any of them. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

/** Text from the wire with nothing hidden in it and no longer than a line, or than `most` characters. */
export function visible(text: string, most = lineMax): string {
  const characters = [...text.replace(invisible, '\u{fffd}')];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
}
