/** `POST /api/devices/ID/confirm`: a technician says that a device in the fault `other-unit` or `pair-unconfirmed` is the right one. */
import type { FastifyInstance } from 'fastify';
import { ApiProblem } from './problem.ts';
import type { HutView } from './view.ts';

/** Answers with the device as it is then: another unit is ready at the next try, within 3 s. */
export function confirmRoute(
  app: Pick<FastifyInstance, 'post'>,
  view: Pick<HutView, 'devices'>,
  confirm: (device: string) => boolean,
): void {
  app.post<{ Params: { id: string } }>('/api/devices/:id/confirm', async (request) => {
    const { id } = request.params;
    const device = () => view.devices().find((device) => device.id === id);
    if (!device()) throw new ApiProblem(404, 'no-such-device', 'There is no such device.');
    if (!confirm(id)) throw new ApiProblem(409, 'nothing-to-confirm', `The device ${id} is not asked about.`);
    return { device: device() };
  });
}
