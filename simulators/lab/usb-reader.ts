/**
 * An ID-card reader with bulk endpoints (0400:C35A): the simulator `id-sam-usb` behind FunctionFS
 * (Documentation/usb/functionfs.rst). It lives in a process of its own: a read of such an endpoint blocks until the host
 * says something. The device outlives its cable.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export type ReaderCommand =
  | { readonly id: number; readonly op: 'plug' | 'unplug' }
  | { readonly id: number; readonly op: 'act'; readonly action: string; readonly args: unknown };
export interface ReaderAnswer {
  readonly id: number;
  readonly error?: string;
}

export interface UsbReader {
  plug(): Promise<void>;
  /** Power included. */
  unplug(): Promise<void>;
  /** An action of the device, such as `present`. Rejects for a person. */
  act(action: string, args?: unknown): Promise<void>;
  /** For good. */
  remove(): Promise<void>;
}

/** `processFile`: the compiled `usb-reader-process`. Resolves plugged in. */
export async function usbReader(processFile: string): Promise<UsbReader> {
  const child: ChildProcess = fork(processFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  let lastId = 0;
  const waiting = new Map<number, (answer: ReaderAnswer) => void>();
  child.on('message', (answer: ReaderAnswer) => waiting.get(answer.id)?.(answer));
  const gone = exited.then(() => {
    throw new Error('the process that plays the reader has ended');
  });
  gone.catch(() => {});
  const ask = async (command: { op: 'plug' | 'unplug' } | { op: 'act'; action: string; args: unknown }) => {
    lastId += 1;
    const id = lastId;
    const answered = new Promise<ReaderAnswer>((resolve) => waiting.set(id, resolve));
    child.send({ ...command, id } satisfies ReaderCommand);
    const { error } = await Promise.race([answered, gone]);
    waiting.delete(id);
    if (error !== undefined) throw new Error(error);
  };
  await ask({ op: 'plug' });
  return {
    plug: () => ask({ op: 'plug' }),
    unplug: () => ask({ op: 'unplug' }),
    act: (action, args = {}) => ask({ op: 'act', action, args }),
    async remove() {
      await ask({ op: 'unplug' });
      child.disconnect();
      await exited;
    },
  };
}
