/** `POST /api/devices/ID/test`: a technician tests one device. The answer comes when the test is over, after some seconds where a person has to do something. */
import type { FastifyInstance } from 'fastify';
import type { DeviceTest } from '../contract/api.ts';
import { ApiProblem } from './problem.ts';
import type { HutView } from './view.ts';

export function deviceTestRoute(
  app: Pick<FastifyInstance, 'post'>,
  view: Pick<HutView, 'devices'>,
  test: (device: string) => Promise<DeviceTest>,
): void {
  app.post<{ Params: { id: string } }>('/api/devices/:id/test', async (request): Promise<DeviceTest> => {
    const { id } = request.params;
    if (!view.devices().some((device) => device.id === id))
      throw new ApiProblem(404, 'no-such-device', 'There is no such device.');
    return test(id);
  });
}
