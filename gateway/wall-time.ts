/** Wall time as the contract writes it: RFC 3339 with milliseconds and the local offset, `2022-11-07T07:13:08.412+08:00`. */
const two = (n: number) => String(n).padStart(2, '0');

export function rfc3339(wallMs: number): string {
  const offsetMin = -new Date(wallMs).getTimezoneOffset();
  const local = new Date(wallMs + offsetMin * 60_000).toISOString().slice(0, -1);
  const size = Math.abs(offsetMin);
  return `${local}${offsetMin < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
