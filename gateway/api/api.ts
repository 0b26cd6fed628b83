/**
 * The hut's local HTTP API, its live feed and the page, on loopback unless configured otherwise. Who may ask what stands in
 * access.ts; in a hut without staff everybody may everything. House rules for browsers: OWASP REST Security and WebSocket cheat sheets.
 */
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import fastify, { type FastifyBaseLogger, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { type Clock, systemClock } from '../../device-drivers/clock.ts';
import type { ConfigFile } from '../config-file.ts';
import { type DeviceTest, liveQuery } from '../contract/api.ts';
import { publicQuery } from '../contract/lane.ts';
import type { PrintTest } from '../print-test.ts';
import type { SignIn } from '../sign-in/sign-in.ts';
import { accessOf, accessTo, isApi } from './access.ts';
import { admit, callerOf } from './caller.ts';
import { configRoutes } from './config.ts';
import { confirmRoute } from './confirm.ts';
import { demoRoutes } from './demo.ts';
import { deviceTestRoute } from './device-tests.ts';
import { healthOf } from './health.ts';
import { laneRoutes } from './lanes.ts';
import { startLive } from './live.ts';
import { type IsLocalTool, noLocalTool } from './local-token.ts';
import { ApiProblem } from './problem.ts';
import { startPublicFeed } from './public-feed.ts';
import { refusal } from './same-page.ts';
import { laneSigns, signInRoutes } from './sign-in.ts';
import type { DemoControls, HutView } from './view.ts';

export interface ApiOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly view: HutView;
  readonly demo?: DemoControls;
  /** Absent: nobody has to sign in. */
  readonly signIn?: SignIn;
  /** Absent: no local tool gets in without signing in. */
  readonly isLocalTool?: IsLocalTool;
  /** For the demo's button. */
  readonly printTest?: PrintTest;
  /** A person says that this device is the right one; false: it was not asked about. */
  readonly confirmDevice?: (device: string) => boolean;
  /** For the technician's buttons. */
  readonly testDevice?: (device: string) => Promise<DeviceTest>;
  /** Absent in the demo: there is no file that could be read again. */
  readonly configFile?: Pick<ConfigFile, 'view' | 'check' | 'reload'>;
  /** The built page; see `pageDir`. */
  readonly staticDir: string;
  readonly log: Logger;
  readonly clock?: Clock;
}

export interface Api {
  /** Without a slash at the end, such as http://127.0.0.1:8080 */
  readonly url: string;
  /** Cuts all connections; done within a moment. */
  close(): Promise<void>;
}

const bodyBytesMax = 16 * 1024;

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Rejects when the port is taken. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const {
    listen,
    view,
    demo,
    signIn,
    printTest,
    confirmDevice,
    testDevice,
    configFile,
    staticDir,
    log,
    clock = systemClock,
  } = options;
  const { isLocalTool = noLocalTool } = options;
  const caller = ({ headers }: FastifyRequest) => callerOf(headers, signIn, isLocalTool);
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  });
  // JSON only: a form or text/plain body is what another page could send without asking first.
  app.removeContentTypeParser('text/plain');

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    // By the route and not by the text of the URL, which can be written in many ways.
    const { url: route } = request.routeOptions;
    if (route === undefined || isApi(route)) reply.header('cache-control', 'no-store');
    const refused = refusal(request.headers);
    if (refused === 'host') throw new ApiProblem(421, 'wrong-host', 'Use the address of this hut, not a name.');
    if (refused === 'origin') throw new ApiProblem(403, 'wrong-origin', 'Only the page of this hut may ask.');
    const access = accessTo(request.method, route);
    const who = caller(request);
    admit(who, access);
    // A feed that connects again by itself, and the question who is there, are nobody's sign of life.
    if (access !== undefined && access !== 'open' && request.headers.upgrade === undefined) signIn?.used(who.sessions);
  });
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat())
      if (isApi(url) && one !== 'HEAD' && !accessOf.has(`${one} ${url}`))
        throw new Error(`${one} ${url} is not in gateway/api/access.ts`);
  });
  // After a refused upgrade nobody reads the socket any more: it would never notice that the other end has gone.
  app.addHook('onSend', async (request, reply) => {
    if (request.headers.upgrade !== undefined) reply.raw.once('finish', () => request.raw.socket.destroySoon());
  });
  app.setErrorHandler((error: { statusCode?: number; code?: string; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'the API failed on a request');
    const message =
      status >= 500 && !(error instanceof ApiProblem) ? 'The gateway failed on this request.' : error.message;
    reply.status(status).send({ error: { code: error.code ?? 'failed', message } });
  });
  app.setNotFoundHandler((_request, reply) => {
    reply.status(404).send({ error: { code: 'not-found', message: 'There is nothing here.' } });
  });

  const live = startLive({
    ...{ view, clock, demo: demo !== undefined, log },
    onSessionOver: signIn?.onSessionOver ?? (() => () => {}),
  });
  const publicFeed = startPublicFeed({ view, clock, demo: demo !== undefined, lanes: () => laneSigns(view, signIn) });
  const stopFeeds = () => {
    live.stop();
    publicFeed.stop();
  };
  await app.register(fastifyWebsocket, {
    // A page has nothing to say on the feed.
    options: { maxPayload: 1024 },
    preClose: (done) => {
      stopFeeds();
      for (const socket of app.websocketServer.clients) socket.terminate();
      app.websocketServer.close(() => done());
    },
  });

  app.get('/api/health', async () => healthOf(view, clock));
  app.get('/api/devices', async () => view.devices());
  signInRoutes(app, { signIn, view, demo: demo?.staff, callerOf: caller });
  laneRoutes(app, view, caller);
  if (confirmDevice) confirmRoute(app, view, confirmDevice);
  if (testDevice) deviceTestRoute(app, view, testDevice);
  if (configFile) configRoutes(app, configFile);
  app.register(async (feed) => {
    feed.get(
      '/api/live',
      {
        websocket: true,
        preValidation: checked(liveQuery),
      },
      (socket, request) => live.join(socket, liveQuery.parse(request.query), caller(request)),
    );
    feed.get('/api/public', { websocket: true, preValidation: checked(publicQuery) }, (socket, request) =>
      publicFeed.join(socket, publicQuery.parse(request.query).lane),
    );
  });
  if (demo) demoRoutes(app, demo, printTest);

  if (existsSync(join(staticDir, 'index.html'))) {
    await app.register(fastifyStatic, {
      root: staticDir,
      wildcard: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const hashed = path.startsWith(join(staticDir, 'assets'));
        reply.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  } else {
    app.get('/', async () => {
      throw new ApiProblem(503, 'page-not-built', 'The page is not built. Run: npm run build');
    });
  }

  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (error) {
    stopFeeds();
    await app.close();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return { url: `http://${host}:${port}`, close: () => app.close() };
}

const checked = (query: z.ZodType) => async (request: FastifyRequest) => {
  const parsed = query.safeParse(request.query);
  if (!parsed.success) throw new ApiProblem(400, 'bad-request', parsed.error.issues[0]?.message ?? 'bad query');
};
