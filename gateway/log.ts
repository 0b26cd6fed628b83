/** The log: pino JSON on stderr, pretty when stderr is a terminal. Never personal data: callers log ids, codes and numbers only. */
import pino from 'pino';

export type Log = pino.Logger;

export const logLevels = Object.values(pino.levels.labels);

export async function createLog(level: string): Promise<Log> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }));
}
