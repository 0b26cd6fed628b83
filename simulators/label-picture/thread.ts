/** Draws one label; then it is ended, because the WASM program would wait for more. The only place that loads zpl-renderer-js. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { deflateSync } from 'node:zlib';
import { ready } from 'zpl-renderer-js';
import type { Drawing } from './draw.ts';

const dotsPerMm = 8;
const { zpl, widthMm, heightMm, fontFile } = workerData as Drawing;

const { api } = await ready;
const font = fontFile === undefined ? '' : fontDownload(readFileSync(fontFile));
parentPort!.postMessage(await api.zplToBase64Async(font + zpl, widthMm, heightMm, dotsPerMm));

/** ~DU, with the font compressed: a font of this size passes in no other way. */
function fontDownload(file: Uint8Array): string {
  return `~DUE:SIMSUN.FNT,${file.length},:Z64:${deflateSync(file).toString('base64')}:0000\n`;
}
