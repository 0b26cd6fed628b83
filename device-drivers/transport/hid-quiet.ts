/**
 * Keeps what a keyboard scanner types away from whoever has the focus: the kernel's `inhibited` (5.11 and later,
 * Documentation/input/input-programming.rst "Inhibiting input devices"). An inhibited input device gives no events;
 * hidraw reads below it and goes on.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * Silences all of a HID device's input devices, and reads back that it is so. Returns the way back, which never rejects:
 * with the plug pulled there is nothing to give back. @throws Error that says why it cannot; then nothing is changed
 */
export async function inhibit(inputs: readonly string[]): Promise<() => Promise<void>> {
  const silenced: string[] = [];
  const giveBack = async () => {
    for (const file of silenced.splice(0)) await writeFile(file, '0').catch(() => {});
  };
  for (const input of inputs) {
    const file = join(input, 'inhibited');
    try {
      // One that was so already is left so: a udev rule wants it.
      if ((await readFile(file, 'utf8')).trim() === '1') continue;
      await writeFile(file, '1');
      silenced.push(file);
      if ((await readFile(file, 'utf8')).trim() !== '1') throw new Error('the kernel did not take it');
    } catch (error) {
      await giveBack();
      const { code, message } = error as NodeJS.ErrnoException;
      const why =
        code === 'ENOENT'
          ? 'this kernel cannot inhibit it (5.11 or later can)'
          : code === 'EACCES' || code === 'EPERM'
            ? 'no rights to inhibit it'
            : (code ?? message);
      throw new Error(`${basename(input)}: ${why}`);
    }
  }
  return giveBack;
}
