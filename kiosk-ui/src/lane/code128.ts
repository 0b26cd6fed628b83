/** Code 128 (ISO/IEC 15417), code set B: printable ASCII, which is all that a command barcode holds. Pure. */

/** Widths of bar, space, bar, … in modules, by symbol value (ISO/IEC 15417, table 1). 104: start B. 106: stop. */
const symbols =
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 ' +
  '123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 ' +
  '232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 ' +
  '313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 ' +
  '111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 ' +
  '111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 ' +
  '114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112';
const widths = symbols.split(' ');

const startB = 104;
const stop = 106;
/** Of the light space before and after the symbol. */
export const quietModules = 10;

/** Symbol values from start to stop. Throws on a character that code set B does not have. */
export function valuesOf(text: string): readonly number[] {
  const data = Array.from(text, (character) => {
    const value = character.charCodeAt(0) - 32;
    if (character.length > 1 || value < 0 || value > 94)
      throw new RangeError(`Code 128 B has no character ${JSON.stringify(character)}`);
    return value;
  });
  const check = data.reduce((sum, value, at) => sum + value * (at + 1), startB) % 103;
  return [startB, ...data, check, stop];
}

export interface Bar {
  /** In modules from the left edge of the quiet zone. */
  readonly x: number;
  readonly width: number;
}

export interface Barcode {
  readonly bars: readonly Bar[];
  /** With both quiet zones. */
  readonly modules: number;
}

export function code128(text: string): Barcode {
  const bars: Bar[] = [];
  let x = quietModules;
  for (const value of valuesOf(text))
    for (const [at, digit] of [...widths[value]!].entries()) {
      if (at % 2 === 0) bars.push({ x, width: Number(digit) });
      x += Number(digit);
    }
  return { bars, modules: x + quietModules };
}
