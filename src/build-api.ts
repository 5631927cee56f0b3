// Builds what the HTTP server serves: uploads, GraphQL over HTTP and WebSocket, downloads.
import type { Auth } from './auth/auth.ts';
import type { Base } from './build-base.ts';
import { createGraphQL } from './graphql/graphql.ts';
import { Access } from './http/access.ts';
import { createBaseUrl } from './http/base-url.ts';
import { handleDownloads } from './http/downloads/handler.ts';
import { createFastPath } from './http/graphql/fast-path.ts';
import { createYogaServer } from './http/graphql/yoga.ts';
import { servedHosts } from './http/hosts.ts';
import { originsOf } from './http/origins.ts';
import type { Api } from './http/routes.ts';
import { SignIn } from './http/sign-in.ts';
import type { SlowReaders } from './http/slow-readers.ts';
import { handleUploads } from './http/uploads.ts';
import { SocketCaps } from './http/websocket/caps.ts';
import { createSocketServer } from './http/websocket/server.ts';
import { createNewId } from './ids.ts';
import type { Services } from './schema/context.ts';
import { ContentReader } from './uploads/content.ts';
import { type Uploads, createUploads } from './uploads/uploads.ts';

const now = (): number => performance.now();
const newId = createNewId();

export function buildUploads({ config, log, pools, store, timers, metrics }: Base, services: Services): Uploads {
  const { lifecycle, reader, limits } = services;
  const origins = originsOf(config);
  return createUploads({
    pool: pools.uploads,
    store,
    lifecycle,
    reader,
    timers,
    limits,
    newId,
    now,
    isAllowedOrigin: (origin) => origins.includes(origin),
    log,
    onMasked: () => metrics.countMasked(),
    onBytes: (bytes) => metrics.uploads.countBytes(bytes),
  });
}

export function buildApi(base: Base, services: Services, uploads: Uploads, auth: Auth, slowReaders: SlowReaders): Api {
  const { config, log, metrics, pools, store } = base;
  const { reader, isReadable } = services;
  const caller = { ...auth, signIn: new SignIn(log), newId, baseUrlOf: createBaseUrl(config.publicUrl) };
  const reporter = { log, onMasked: () => metrics.countMasked() };
  const origins = originsOf(config);
  const graphql = createGraphQL({ services, reporter, maxCost: config.maxCost });
  const yoga = createYogaServer({ graphql, newId, reporter });
  const access = new Access({ origins, isServedHost: servedHosts(config), log });
  const caps = new SocketCaps({ total: config.maxSockets, perAddress: config.maxSocketsPerAddress, log });
  const content = new ContentReader(pools.reads, store);
  return {
    ...caller,
    origins,
    access,
    fastPath: createFastPath({ graphql, yoga, reporter }),
    sockets: createSocketServer({ ...caller, graphql, reporter, slowReaders, caps }),
    downloads: handleDownloads({ ...caller, content, reader, isReadable, origins, reporter }),
    uploads: handleUploads({ ...caller, tus: uploads.handle, metrics: metrics.uploads, origins }),
  };
}
