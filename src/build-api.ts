// Builds what the HTTP server serves: uploads, GraphQL over HTTP and WebSocket, downloads.
import type { Auth } from './auth/auth.ts';
import { ByteRates } from './auth/limits/byte-rates.ts';
import type { Base } from './build-base.ts';
import type { Config } from './config.ts';
import { type DocumentSwitches, Documents } from './graphql/documents.ts';
import { createGraphQL } from './graphql/graphql.ts';
import { readTrustedDocuments } from './graphql/read-trusted-documents.ts';
import { Access } from './http/access.ts';
import { createBaseUrl } from './http/base-url.ts';
import { handleDownloads } from './http/downloads/handler.ts';
import { createFastPath } from './http/graphql/fast-path.ts';
import { handleGraphiQL } from './http/graphql/graphiql.ts';
import { noticeFor } from './http/graphql/graphiql-notice.ts';
import { createYogaServer } from './http/graphql/yoga.ts';
import { servedHosts } from './http/hosts.ts';
import { originsOf } from './http/origins.ts';
import type { Metrics } from './http/metrics.ts';
import { handlePage } from './http/page/handler.ts';
import { handleReports } from './http/page/reports.ts';
import type { Api } from './http/routes.ts';
import { SignIn } from './http/sign-in.ts';
import type { SlowReaders } from './http/slow-readers.ts';
import { handleUploads } from './http/uploads.ts';
import { SocketCaps } from './http/websocket/caps.ts';
import { createSocketServer } from './http/websocket/server.ts';
import { createNewId } from './ids.ts';
import type { Services } from './schema/context.ts';
import { schema } from './schema/schema.ts';
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
    rates: services.rates,
    byteRates: buildByteRates(config, metrics),
    newId,
    now,
    isAllowedOrigin: (origin) => origins.includes(origin),
    log,
    onMasked: () => metrics.countMasked(),
    onBytes: (bytes) => metrics.uploads.countBytes(bytes),
  });
}

/** One for what comes in, and one for what goes out. */
function buildByteRates({ byteRateLimit: perSecond }: Config, { limits }: Metrics): ByteRates | null {
  return perSecond === null ? null : new ByteRates({ perSecond, now, onRefused: () => limits.count('byte_rate') });
}

/** @throws StartupError for a file of trusted documents that cannot be used */
export async function readSwitches({
  introspection,
  suggestions,
  trustedDocuments,
}: Config): Promise<DocumentSwitches> {
  const switches = { introspection, suggestions, trusted: null };
  if (trustedDocuments === null) return switches;
  // Suggestions help whoever reads the refusal at the start.
  const documents = new Documents(schema, { ...switches, suggestions: true });
  return { ...switches, trusted: await readTrustedDocuments(trustedDocuments, documents) };
}

export interface ApiParts {
  readonly services: Services;
  readonly uploads: Uploads;
  readonly auth: Auth;
  readonly slowReaders: SlowReaders;
  readonly switches: DocumentSwitches;
}

export function buildApi(base: Base, { services, uploads, auth, slowReaders, switches }: ApiParts): Api {
  const { config, log, metrics, pools, store } = base;
  const { reader, isReadable } = services;
  const caller = { ...auth, signIn: new SignIn(log), newId, baseUrlOf: createBaseUrl(config.publicUrl) };
  const reporter = { log, onMasked: () => metrics.countMasked() };
  const origins = originsOf(config);
  const graphql = createGraphQL({ services, reporter, maxCost: config.maxCost, switches });
  const yoga = createYogaServer({ graphql, newId, reporter });
  const access = new Access({ origins, isServedHost: servedHosts(config), log });
  const { maxSockets: total, maxSocketsPerAddress: perAddress, maxSocketsPerPrincipal: perPrincipal } = config;
  const onRefused = (): void => metrics.limits.count('sockets');
  const caps = new SocketCaps({ total, perAddress, perPrincipal, log, onRefused });
  const content = new ContentReader(pools.reads, store);
  return {
    ...caller,
    origins,
    page: handlePage(config, log),
    pageReports: handleReports({ log, now, metrics: metrics.page }),
    graphiql: config.graphiql ? handleGraphiQL(noticeFor(switches)) : null,
    access,
    fastPath: createFastPath({ graphql, yoga, reporter }),
    sockets: createSocketServer({ ...caller, graphql, reporter, slowReaders, caps }),
    downloads: handleDownloads({
      ...caller,
      content,
      byteRates: buildByteRates(config, metrics),
      reader,
      isReadable,
      origins,
      reporter,
    }),
    uploads: handleUploads({ ...caller, tus: uploads.handle, metrics: metrics.uploads, origins }),
  };
}
