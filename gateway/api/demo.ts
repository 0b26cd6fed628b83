/**
 * `/api/demo/*`: the simulated devices, broker and centre, worked from the page. Registered in `hutgate demo` only.
 * A test label goes the way of every label, through the gateway; its picture is what the simulated printer put out.
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  type DemoView,
  demoActRequest,
  demoBrokerRequest,
  demoCentralRequest,
  demoPlugRequest,
} from '../contract/api.ts';
import type { PrintTest } from '../print-test.ts';
import { readBody } from './body.ts';
import { ApiProblem } from './problem.ts';
import type { DemoControls } from './view.ts';

const picture = z.object({ png: z.base64() });

export function demoRoutes(
  app: Pick<FastifyInstance, 'get' | 'post'>,
  demo: DemoControls,
  printTest: PrintTest | undefined,
): void {
  const view = (): DemoView => ({
    devices: [...demo.devices()],
    broker: { running: demo.broker.running() },
    central: { online: demo.central.online(), report: demo.central.report() },
  });
  const known = (id: string) => {
    const device = demo.devices().find((device) => device.id === id);
    if (!device) throw new ApiProblem(404, 'no-such-device', `There is no simulated device "${id}".`);
    return device;
  };

  app.get('/api/demo', async () => view());

  app.post<{ Params: { id: string; action: string } }>('/api/demo/devices/:id/actions/:action', async (request) => {
    const { id, action } = request.params;
    const { args } = readBody(demoActRequest, request.body);
    if (!known(id).actions.some(({ name }) => name === action))
      throw new ApiProblem(404, 'no-such-action', `The simulated device "${id}" has no action "${action}".`);
    const result = await refusing(async () => demo.act(id, action, args));
    return { result: result ?? null, demo: view() };
  });

  app.get<{ Params: { id: string } }>('/api/demo/devices/:id/label.png', async (request, reply) => {
    const { id, actions } = known(request.params.id);
    if (!actions.some(({ name }) => name === 'picture'))
      throw new ApiProblem(404, 'no-such-action', `The simulated device "${id}" draws no labels.`);
    const { png } = picture.parse(await refusing(async () => demo.act(id, 'picture', {})));
    return reply.type('image/png').send(Buffer.from(png, 'base64'));
  });

  app.post<{ Params: { id: string } }>('/api/demo/devices/:id/test-label', async (request) => {
    const { id } = known(request.params.id);
    if (!printTest) throw new ApiProblem(404, 'no-such-action', 'There is no gateway behind this demo.');
    const { error, result } = await printTest(id);
    if (error !== undefined) throw new ApiProblem(409, 'refused', error);
    return { result, demo: view() };
  });

  app.post<{ Params: { id: string } }>('/api/demo/devices/:id/cable', async (request) => {
    const { plugged } = readBody(demoPlugRequest, request.body);
    const { id } = known(request.params.id);
    await refusing(() => (plugged ? demo.plug(id) : demo.unplug(id)));
    return { demo: view() };
  });

  app.post('/api/demo/broker', async (request) => {
    const { running } = readBody(demoBrokerRequest, request.body);
    await refusing(() => (running ? demo.broker.start() : demo.broker.stop()));
    return { demo: view() };
  });

  app.post('/api/demo/central', async (request) => {
    const { online } = readBody(demoCentralRequest, request.body);
    await refusing(() => demo.central.setOnline(online));
    return { demo: view() };
  });
}

/** A simulator says no in words for a person (no card on the reader, unknown argument): that is an answer, not a failure. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ApiProblem(409, 'refused', error instanceof Error ? error.message : String(error));
  }
}
