// Which handler serves which path.
import type { ServerResponse } from 'node:http';
import { UPLOADS_PATH } from '../uploads/tus/services.ts';
import type { RoutePath } from '../auth/needs.ts';
import type { Access } from './access.ts';
import { CONTENT_PATH } from './downloads/handler.ts';
import { type GraphQLEndpointOptions, handleGraphQL } from './graphql/endpoint.ts';
import type { Metrics } from './metrics.ts';
import { ASSETS_PATH, type PageHandlers } from './page/handler.ts';
import { REPORTS_PATH } from './page/policy.ts';
import { type Handler, send } from './respond.ts';
import type { SocketServer } from './websocket/server.ts';

export interface Api extends GraphQLEndpointOptions {
  readonly sockets: SocketServer;
  readonly access: Access;
  readonly page: PageHandlers;
  readonly pageReports: Handler;
  /** The bytes of files, out and in. */
  readonly downloads: Handler;
  readonly uploads: Handler;
}

export interface RouteOptions {
  /** null for a process that only works in the background: it serves health and metrics. */
  readonly api: Api | null;
  readonly metrics: Metrics;
  /** Whether requests can be served: migrated, connected, not draining. */
  readonly isReady: () => boolean;
}

/** By path. A path that ends in a slash stands for everything below it. */
export type Routes = ReadonlyMap<RoutePath, Handler>;

/** @param streams collects the open event streams */
export function createRoutes({ api, metrics, isReady }: RouteOptions, streams: Set<ServerResponse>): Routes {
  const routes = new Map<RoutePath, Handler>([
    ['/healthz', (_request, response) => send(response, 200, 'ok')],
    ['/readyz', (_request, response) => (isReady() ? send(response, 200, 'ready') : send(response, 503, 'not ready'))],
    ['/metrics', async (_request, response) => send(response, 200, await metrics.print(), metrics.contentType)],
  ]);
  if (api === null) return routes;
  const { access } = api;
  routes.set('/', access.guard(api.page.page)).set(ASSETS_PATH, access.guard(api.page.assets));
  routes.set(REPORTS_PATH, access.guard(api.pageReports));
  routes.set('/graphql', access.guard(handleGraphQL(api, streams)));
  routes.set(CONTENT_PATH, access.guard(api.downloads));
  const uploads = access.guard(api.uploads);
  return routes.set(UPLOADS_PATH, uploads).set('/uploads/', uploads);
}

export const findHandler = (routes: ReadonlyMap<string, Handler>, path: string): Handler | undefined =>
  routes.get(path) ?? routes.get(path.slice(0, path.indexOf('/', 1) + 1));

/** Uploads may take as long as they need; every other request has to arrive in time. */
export const isUpload = (path: string): boolean => path === UPLOADS_PATH || path.startsWith(`${UPLOADS_PATH}/`);
