/** The US layout: characters by key of the HID Usage Tables (page 07, table 12), without and with Shift. */

/** Rows of keys that follow each other: first usage, characters, characters with Shift. */
const rows: readonly (readonly [number, string, string])[] = [
  [0x04, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  [0x1e, '1234567890', '!@#$%^&*()'],
  [0x2b, '\t -=[]\\', '\t _+{}|'],
  [0x33, ";'`,./", ':"~<>?'],
  // The keypad with NumLock on; Shift is for the arrows, and no scanner does that.
  [0x54, '/*-+', '/*-+'],
  [0x59, '1234567890.', '1234567890.'],
];

const keys: ReadonlyMap<number, readonly [string, string]> = new Map(
  rows.flatMap(([first, plain, shifted]) =>
    Array.from(plain, (character, index) => [first + index, [character, shifted.charAt(index)]] as const),
  ),
);

/** Undefined for a key that types nothing. */
export const usCharacter = (usage: number, shift: boolean): string | undefined => keys.get(usage)?.[shift ? 1 : 0];
