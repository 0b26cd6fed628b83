/** Reads a PNG of 8 bits per channel, not interlaced, as the label renderer and browsers write it: dark or not, dot by dot. */
import { inflateSync } from 'node:zlib';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Whether there is ink. */
  isDark(x: number, y: number): boolean;
}

const channelsOf: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [4, 2],
  [6, 4],
]);

/** @throws Error when it is no such PNG. */
export function readPng(png: Buffer): Picture {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const channels = channelsOf.get(png[25]!);
  if (png.subarray(1, 4).toString() !== 'PNG' || png[24] !== 8 || channels === undefined)
    throw new Error('no PNG of 8 bits');
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.subarray(at + 4, at + 8).toString() === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const rowBytes = width * channels;
  const filtered = inflateSync(Buffer.concat(parts));
  const dots = Buffer.alloc(rowBytes * height);
  const at = (x: number, y: number) => (x < 0 || y < 0 ? 0 : dots[y * rowBytes + x]!);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (rowBytes + 1)];
    for (let x = 0; x < rowBytes; x++) {
      const [left, up, upLeft] = [at(x - channels, y), at(x, y - 1), at(x - channels, y - 1)];
      const add = [0, left, up, (left + up) >> 1, paeth(left, up, x < channels ? 0 : upLeft)][filter ?? 0]!;
      dots[y * rowBytes + x] = filtered[y * (rowBytes + 1) + 1 + x]! + add;
    }
  }
  return { width, height, isDark: (x, y) => dots[y * rowBytes + x * channels]! < 128 };
}

function paeth(left: number, up: number, upLeft: number): number {
  const guess = left + up - upLeft;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)];
  return a <= b && a <= c ? left : b <= c ? up : upLeft;
}
