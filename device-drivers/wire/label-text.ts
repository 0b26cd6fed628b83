/**
 * Text that is to stand on a label, for the languages of the printers: whatever is in it, it is text there and begins no
 * command. Follows the ZPL II Programming Guide (^FH), the TSPL/TSPL2 Programming Manual (TEXT), and Epson's ESC/POS
 * Command Reference (GS k). Control characters become spaces.
 */

export const withoutControls = (text: string): string => text.replace(/[\x00-\x1f\x7f]/g, ' ');

/** What Code 128 carries here: 1 to 32 printable ASCII characters. */
export const isBarcodeText = (code: string): boolean => /^[\x20-\x7e]{1,32}$/.test(code);

/** @throws RangeError when no barcode can carry it. */
export function checkBarcodeText(code: string): void {
  if (!isBarcodeText(code)) throw new RangeError('code: must be 1 to 32 printable ASCII characters');
}

/**
 * For ^FD after ^FH: `^` and `~` would begin commands and `_` begins the escape. The format has chosen UTF-8 with ^CI28.
 * The data of a Code 128 too, in its automatic mode (^BC…,A); in the others `>` would change the subset.
 */
export const zplText = (text: string): string =>
  withoutControls(text).replace(/[_^~]/g, (character) => `_${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Between the quotes of a TSPL string. */
export const tsplText = (text: string): string => withoutControls(text).replaceAll('"', '\\["]');

/** GS k function B, Code 128, from its first byte to its last. */
export function escposCode128(code: string): string {
  const data = `{B${code.replaceAll('{', '{{')}`;
  return `\x1dkI${String.fromCharCode(data.length)}${data}`;
}
