/** Command barcodes within reach of a visitor's one tap; the whole sheet is a screen of its own. A test holds them against the contract. */
export const demoCommands = [
  'HUTGATE:UNDO',
  'HUTGATE:CLOSE-TUBE',
  'HUTGATE:YES',
  'HUTGATE:NO',
  'HUTGATE:FEVER',
  'HUTGATE:SINGLE',
  'HUTGATE:PACK',
  'HUTGATE:SEAL',
  'HUTGATE:HAND-OVER',
  'HUTGATE:SAMPLE',
] as const;
export type DemoCommand = (typeof demoCommands)[number];
