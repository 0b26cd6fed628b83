/** One line of the doctor: what was looked at, how it is, and what to do about it. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warn' | 'FAIL';
  readonly says: string;
  readonly fix?: string;
}

export const ok = (check: string, says: string): Finding => ({ check, verdict: 'ok', says });
export const warn = (check: string, says: string, fix: string): Finding => ({ check, verdict: 'warn', says, fix });
export const fail = (check: string, says: string, fix: string): Finding => ({ check, verdict: 'FAIL', says, fix });

export const formatFinding = ({ check, verdict, says, fix }: Finding): string =>
  `${verdict.padEnd(4)} ${check.padEnd(16)} ${says}${fix === undefined ? '' : `\n     ${' '.repeat(16)} -> ${fix}`}`;
