/**
 * The rack's control socket, seen from inside the lab: a virtio port joins the machine's `/dev/lab/control` to the socket of
 * the rack on this side, so that a test in the machine works the serial devices with the rack's own protocol.
 */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { controlPath, openControl } from '../control.ts';
import type { Rack } from '../rack.ts';

export interface ControlPort {
  attach(machine: Socket): void;
  close(): Promise<void>;
}

export async function connectControl(dir: string, rack: Rack): Promise<ControlPort> {
  const control = await openControl(dir);
  control.serve(rack);
  const socket = createConnection(controlPath(dir));
  await once(socket, 'connect');
  return {
    attach: (machine) => void machine.pipe(socket, { end: false }).pipe(machine, { end: false }),
    async close() {
      socket.destroy();
      await control.close();
    },
  };
}
