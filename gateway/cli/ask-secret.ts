/** A PIN or password from whoever sits at the terminal, without echo and twice; or from a pipe, one line. */
import { createInterface } from 'node:readline';
import { StaffUnfit } from '../sign-in/edit-staff.ts';

/** Throws StaffUnfit when it is ended (Ctrl-C, Ctrl-D, an empty pipe) or the two differ. */
export async function askSecret(what: string): Promise<string> {
  if (!process.stdin.isTTY) return lineOf(process.stdin, what);
  const [secret, again] = await typed([`${what}: `, `${what} once more: `]);
  if (again !== secret) throw new StaffUnfit('the two differ; nothing was changed');
  return secret!;
}

async function lineOf(input: NodeJS.ReadableStream, what: string): Promise<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) return line;
  throw new StaffUnfit(`no ${what} on stdin`);
}

/** One line for each prompt. Raw mode is what turns the echo off; the keys of a line are ours then. */
function typed(prompts: readonly string[]): Promise<string[]> {
  const { stdin, stderr } = process;
  const lines: string[] = [];
  let text = '';
  stderr.write(prompts[0]!);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      settle();
    };
    const entered = () => {
      lines.push(text);
      text = '';
      stderr.write(`\n${prompts[lines.length] ?? ''}`);
      if (lines.length === prompts.length) end(() => resolve(lines));
    };
    const take = (keys: string) => {
      // An arrow or function key.
      if (keys.startsWith('\u001b')) return;
      for (const key of keys) {
        if (lines.length === prompts.length) return;
        if (key === '\r' || key === '\n') entered();
        else if (key === '\u0003' || key === '\u0004') {
          stderr.write('\n');
          return end(() => reject(new StaffUnfit('ended; nothing was changed')));
        } else if (key === '\u007f' || key === '\b') text = [...text].slice(0, -1).join('');
        else if (key >= ' ') text += key;
      }
    };
    stdin.on('data', take);
    stdin.resume();
  });
}
