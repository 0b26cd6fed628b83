/**
 * AIM symbology identifiers (ISO/IEC 15424): `]`, a code character and a modifier, sent by a scanner before the data.
 * The code characters are listed in the standard's annex; a modifier is a digit or a letter.
 */
const identifier = /^\][A-Za-z][0-9A-Za-z]/;

/** Splits the identifier off. Without one, `symbology` is absent and the text is untouched. */
export function splitAim(text: string): { readonly symbology?: string; readonly text: string } {
  return identifier.test(text) ? { symbology: text.slice(0, 3), text: text.slice(3) } : { text };
}
