/** What a scanner sent, as the text of a code: the rules are the same whatever wire it came by. */
import { decodeText } from './text.ts';

export type ScanText = { readonly text: string } | { readonly unreadable: string };

/** `unreadable`: why, without anything of the code. */
export function scanText(bytes: Uint8Array): ScanText {
  const text = decodeText(bytes);
  return text === undefined ? { unreadable: 'neither UTF-8 nor GB18030' } : checkedText(text);
}

/**
 * Control characters are no part of any code but GS, the separator of GS1 element strings; a keyboard or a terminal
 * down the line would act on them.
 */
export function checkedText(text: string): ScanText {
  if (text === '') return { unreadable: 'an empty code' };
  const at = text.search(/[^\P{Cc}\x1d]/u);
  if (at < 0) return { text };
  return { unreadable: `control character 0x${text.charCodeAt(at).toString(16).padStart(2, '0')} at character ${at}` };
}

/** Tells whether a code is seen again within the window of its last sight; 0: never. */
export function repeatWindow(windowMs: number): (code: string, nowMs: number) => boolean {
  let last: { readonly code: string; readonly seenMs: number } | undefined;
  return (code, nowMs) => {
    const repeated = last?.code === code && nowMs - last.seenMs < windowMs;
    last = { code, seenMs: nowMs };
    return repeated;
  };
}
