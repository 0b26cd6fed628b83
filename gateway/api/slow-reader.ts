/** A browser that does not read costs what waits for it, and is cut off when it stays stuck. */
import type { WebSocket } from 'ws';
import type { Clock } from '../../device-drivers/clock.ts';

const bufferedBytesMax = 64 * 1024;
const stuckMs = 10_000;

/** True: nothing more for now. */
export function slowReader(socket: WebSocket, clock: Clock): () => boolean {
  let freeAt = clock.monotonicMs();
  return () => {
    const now = clock.monotonicMs();
    if (socket.bufferedAmount <= bufferedBytesMax) freeAt = now;
    else if (now - freeAt > stuckMs) socket.terminate();
    return socket.bufferedAmount > bufferedBytesMax;
  };
}
