/** Reads a Code 128 barcode from one row of a picture (ISO/IEC 15417): what a scanner would say. Subsets B and C. */
import type { Picture } from './png.ts';

/** Widths of bar, space, bar, space, bar, space by value; 103 to 105 begin subsets A, B and C. */
const patterns: readonly string[] = (
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 ' +
  '123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 ' +
  '232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 ' +
  '313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 ' +
  '111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 ' +
  '111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 ' +
  '114311 411113 411311 113141 114131 311141 411131 211412 211214 211232'
).split(' ');

/** Undefined where the row holds no barcode whose check character is right. */
export function readCode128({ width, isDark }: Picture, y: number): string | undefined {
  const runs: number[] = [];
  let dark = false;
  for (let x = 0; x < width; x++) {
    if (isDark(x, y) !== dark) {
      dark = !dark;
      runs.push(0);
    }
    if (runs.length > 0) runs[runs.length - 1]! += 1;
  }
  const module = Math.min(...runs);
  const values: number[] = [];
  for (let at = 0; at + 6 <= runs.length; at += 6) {
    const value = patterns.indexOf(
      runs
        .slice(at, at + 6)
        .map((run) => run / module)
        .join(''),
    );
    if (value < 0) break;
    values.push(value);
  }
  const [start, ...rest] = values;
  const check = rest.pop();
  const sum = rest.reduce((total, value, index) => total + value * (index + 1), start ?? 0);
  return check === sum % 103 ? textOf(start!, rest) : undefined;
}

function textOf(start: number, values: readonly number[]): string {
  let inPairs = start === 105;
  let text = '';
  for (const value of values) {
    if (value === 99 && !inPairs) inPairs = true;
    else if (value === 100 && inPairs) inPairs = false;
    else if (inPairs) text += String(value).padStart(2, '0');
    else if (value <= 94) text += String.fromCharCode(value + 32);
    else return `${text}?`;
  }
  return text;
}
