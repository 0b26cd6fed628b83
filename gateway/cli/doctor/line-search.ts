/** A device that is silent at its configured baud rate and parity is tried at the usual other ones. */
import type { Clock } from '../../../device-drivers/clock.ts';
import type { LineSettings, OpenLink } from '../../../device-drivers/link.ts';
import { type Tried, type TryDevice, tryDevice } from './device-try.ts';

const usualBaudRates = [9_600, 115_200, 19_200, 38_400, 57_600, 4_800] as const;
/** Probes leave the factory as 8E1 too (XY-MD02), at these speeds. */
const parityBaudRates = [9_600, 19_200, 115_200] as const;

/** Without the configured ones; the likelier first. */
export function otherLines(configured: LineSettings): LineSettings[] {
  const of = (parity: LineSettings['parity'], baudRates: readonly number[]) =>
    baudRates.map((baudRate): LineSettings => ({ ...configured, baudRate, parity }));
  return [...of('none', usualBaudRates), ...of('even', parityBaudRates), ...of('odd', parityBaudRates)].filter(
    ({ baudRate, parity }) => baudRate !== configured.baudRate || parity !== configured.parity,
  );
}

/** Whether other line settings could be the reason: it does not answer, or answers what makes no sense. */
export const mayBeTheLine = ({ fault }: Tried): boolean => fault?.code === 'no-reply' || fault?.code === 'wrong-device';

/** The settings at which it answers; undefined when it answers at none. */
export async function findLine(device: TryDevice, openLink: OpenLink, clock: Clock): Promise<LineSettings | undefined> {
  for (const line of otherLines(device.line)) {
    const tried = await tryDevice({ ...device, line }, openLink, clock);
    if (tried.identity) return line;
    if (!mayBeTheLine(tried)) return undefined;
  }
  return undefined;
}

/** As `options:` of the configuration. */
export const lineOptions = ({ baudRate, parity }: LineSettings): string =>
  `{ baudRate: ${baudRate}${parity === 'none' ? '' : `, parity: ${parity}`} }`;
