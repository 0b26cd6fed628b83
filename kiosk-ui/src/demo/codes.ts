/** Codes of tubes, boxes, seals and couriers by the demo's patterns: another one with each tap, also after a reload, and nothing kept for it. */

/** Month, day, hour, minute, second: a number that goes up all year. */
function stamp(wallMs: number): string {
  const at = new Date(wallMs);
  return [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join('');
}

/** T and ten digits. */
export const tubeCode = (wallMs: number): string => `T${stamp(wallMs)}`;
/** B and eight digits. */
export const boxCode = (wallMs: number): string => `B${stamp(wallMs).slice(2)}`;
/** S and eight digits. */
export const sealCode = (wallMs: number): string => `S${stamp(wallMs).slice(2)}`;

export const courierCode = 'CR000001';

/** The second of this tap: each is later than the one before, however fast. */
export function nextSecond(wallMs: number, last: number): number {
  return Math.max(Math.floor(wallMs / 1_000) * 1_000, last + 1_000);
}
