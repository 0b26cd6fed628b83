/**
 * A picture of a label: ZPL to PNG by zpl-renderer-js, in a thread that ends with the picture, because the renderer is a
 * WASM program that keeps 150 MB and works for half a second. It has no Chinese glyphs; as on a real printer they come
 * with a font that is loaded as E:SIMSUN.FNT, here Debian's fonts-wqy-microhei.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

export interface Picture {
  /** Base64 */
  readonly png: string;
  /** What the picture does not show. */
  readonly note?: string;
}

export interface Drawing {
  readonly zpl: string;
  readonly widthMm: number;
  readonly heightMm: number;
  /** A font file for E:SIMSUN.FNT. */
  readonly fontFile?: string;
}

export const chineseFontFile = '/usr/share/fonts/truetype/wqy/wqy-microhei.ttc';
const noFontNote = 'no Chinese font here: install fonts-wqy-microhei';
const dotsPerMm = 8;
const noteMm = 4;
const mmMax = 200;

/** Rejects when the renderer finds no label in it. */
export async function drawZpl(zpl: string, fontFile = chineseFontFile): Promise<Picture> {
  const drawing = drawingOf(zpl, existsSync(fontFile) ? fontFile : undefined);
  const png = await render(drawing);
  return drawing.zpl === zpl ? { png } : { png, note: noFontNote };
}

/** Without a font a label with Chinese gets a line below that says so. */
export function drawingOf(zpl: string, fontFile: string | undefined): Drawing {
  const widthMm = sizeMm(zpl, /\^PW(\d{1,5})/i) ?? 100;
  const heightMm = sizeMm(zpl, /\^LL(\d{1,5})/i) ?? 60;
  if (!/[^\x00-\x7f]/.test(zpl)) return { zpl, widthMm, heightMm };
  if (fontFile !== undefined) return { zpl, widthMm, heightMm, fontFile };
  const note = `^FO8,${heightMm * dotsPerMm + 6}^A0N,18,18^FD${noFontNote}^FS`;
  return { zpl: zpl.replace(/\^XZ\s*$/i, `${note}^XZ`), widthMm, heightMm: heightMm + noteMm };
}

function sizeMm(zpl: string, command: RegExp): number | undefined {
  const dots = command.exec(zpl)?.[1];
  return dots === undefined ? undefined : Math.min(mmMax, Math.max(1, Number(dots) / dotsPerMm));
}

function render(drawing: Drawing): Promise<string> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(threadUrl(), { workerData: drawing });
    thread.once('message', (png: string) => {
      resolve(png);
      void thread.terminate();
    });
    thread.once('error', (error) => reject(new Error(`the label cannot be drawn: ${error.message}`)));
    thread.once('exit', () => reject(new Error('the label cannot be drawn')));
  });
}

/** Threads run compiled code only. */
const threadUrl = () =>
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/simulators/label-picture/thread.js' : './thread.js',
    import.meta.url,
  );
