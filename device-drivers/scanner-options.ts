/** The options that scanners share, whatever wire they are on. */
import { z } from 'zod';

export const scannerOptions = {
  symbologyId: z
    .boolean()
    .default(false)
    .describe('The scanner is set to send the AIM identifier (such as ]C0) before each code.'),
  repeatWindowMs: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(1500)
    .describe(
      'The same code again within so many milliseconds of the last sight of it is one reading; 0 turns that off.',
    ),
};
