/** `/api/config`: the configuration file, a look at what is wrong with it now, and its reload. */
import type { FastifyInstance } from 'fastify';
import type { ConfigFile } from '../config-file.ts';
import type { ConfigCheck, ConfigView } from '../contract/api.ts';

export function configRoutes(
  app: Pick<FastifyInstance, 'get' | 'post'>,
  { view, check, reload }: Pick<ConfigFile, 'view' | 'check' | 'reload'>,
): void {
  app.get('/api/config', async (): Promise<ConfigView> => view());

  app.post('/api/config/check', async (): Promise<ConfigCheck> => check());

  // Answered first: a reload that is taken over cuts the connection. What came of it is told on the live feed.
  app.post('/api/config/reload', async (_request, reply) => {
    reply.raw.once('close', () => void reload());
    reply.status(202);
    return {};
  });
}
