/**
 * Golden frames of infrared thermometer modules. GY-MCU90614: the vendor's example (electrodragon wiki), and two computed by
 * its rule; 66 66 board: its seller's description; GY-614V: computed by the vendor's STM32 sample (header from one source
 * only); GD60914: seven characters that begin with tenths, by a public component (what fills them up is not known).
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

export const frames = {
  gyMcuExample: { profile: 'gy-mcu90614', bytes: hex('5A 5A 45 04 0C 78 0D 19 A7'), surface: 3192 },
  gyMcuForehead: { profile: 'gy-mcu90614', bytes: hex('5A 5A 45 04 0E 4C 09 CE 2E'), surface: 3660 },
  gyMcuBelowZero: { profile: 'gy-mcu90614', bytes: hex('5A 5A 45 04 FE A2 09 CE 74'), surface: -350 },
  generic: { profile: 'gy-90614', bytes: hex('66 66 01 04 0A 83 0A 83 1A'), surface: 2691 },
  gy614v: { profile: 'gy-614v', bytes: hex('A4 03 07 07 5F 0C C9 0B B3 0E 47 FC'), surface: 3273, body: 3655 },
  gdNul: { profile: 'gd60914', bytes: ascii('365\0\0\0\0'), body: 365 },
  gdSpaces: { profile: 'gd60914', bytes: ascii('365    '), body: 365 },
  gdZeros: { profile: 'gd60914', bytes: ascii('0000365'), body: 365 },
  gdCrLf: { profile: 'gd60914', bytes: ascii('365\r\n\0\0'), body: 365 },
} as const;

export const queries = { gyMcu: hex('A5 15 BA'), gdSingle: hex('A1'), gdForehead: hex('AB'), gdWrist: hex('AC') };

export const conformance: DriverVectors = ['gy-mcu90614', 'gy-90614', 'gy-614v', 'gd60914'].map((profile) => ({
  options: { profile },
  fromDevice: Object.values(frames).flatMap((frame) => (frame.profile === profile ? [frame.bytes] : [])),
}));
