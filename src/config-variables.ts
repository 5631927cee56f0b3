// The environment variables that the program reads: the name of each, what is allowed, and how it is parsed.
import { AUTH_VARIABLES } from './config-auth.ts';
import { LIMIT_VARIABLES } from './config-limits.ts';
import { parseNatsServers } from './config-notify.ts';
import { PAGE_VARIABLES } from './config-page.ts';
import {
  LOG_LEVELS,
  UNITS_BYTES,
  type Variable,
  duration,
  oneOf,
  parseDatabaseUrl,
  parseInteger,
  parseName,
  parseOrigins,
  parseQuantity,
  parseQueueRules,
  parseSocketAddress,
  parseUrl,
} from './config-values.ts';
import { WEBHOOK_VARIABLES } from './config-webhooks.ts';

export const CRASH_POINTS = ['before_lock', 'after_decide', 'before_commit', 'after_commit', 'mid_sequence'] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export type Environment = Readonly<Record<string, string | undefined>>;

const anyText = { allowed: 'any text', parse: (text: string) => text };

const count = { allowed: 'an integer from 1 to 1000000', parse: parseInteger(1, 1_000_000) };

/** Every variable the program reads. Any other `WAYBILL_` name is refused: it is probably misspelt. */
/** Less than a large change would not do. */
function parseBudget(text: string): number | undefined {
  const bytes = parseQuantity(UNITS_BYTES, Number.MAX_SAFE_INTEGER)(text);
  return bytes === undefined || bytes < 2 ** 20 ? undefined : bytes;
}

export const VARIABLES = {
  host: { name: 'HOST', allowed: 'a host name or address', parse: (text: string) => text.trim() || undefined },
  port: { name: 'PORT', allowed: 'an integer from 0 to 65535', parse: parseInteger(0, 65_535) },
  databaseUrl: {
    name: 'DATABASE_URL',
    allowed: 'a postgres:// or postgresql:// URL',
    parse: parseDatabaseUrl,
  },
  dataDir: { name: 'WAYBILL_DATA_DIR', ...anyText },
  storageUrl: {
    name: 'WAYBILL_STORAGE_URL',
    allowed: 'file:///dir or s3://bucket/prefix',
    parse: parseUrl('file:', 's3:'),
  },
  publicUrl: {
    name: 'WAYBILL_PUBLIC_URL',
    allowed: 'an http:// or https:// URL',
    parse: parseUrl('http:', 'https:'),
  },
  ...AUTH_VARIABLES,
  ...LIMIT_VARIABLES,
  ...PAGE_VARIABLES,
  ...WEBHOOK_VARIABLES,
  maxUploadBytes: {
    name: 'WAYBILL_MAX_UPLOAD_BYTES',
    allowed: 'a number of bytes up to 2^53-1, or one with KiB, MiB, GiB or TiB',
    parse: parseQuantity(UNITS_BYTES, Number.MAX_SAFE_INTEGER),
  },
  uploadStallMs: { name: 'WAYBILL_UPLOAD_STALL', ...duration },
  processingTimeoutMs: { name: 'WAYBILL_PROCESSING_TIMEOUT', ...duration },
  queueTimeoutMs: { name: 'WAYBILL_QUEUE_TIMEOUT', ...duration },
  untrackedExpiryMs: { name: 'WAYBILL_UNTRACKED_EXPIRY', ...duration },
  failedBytesRetentionMs: { name: 'WAYBILL_FAILED_BYTES_RETENTION', ...duration },
  processing: {
    name: 'WAYBILL_PROCESSING',
    allowed: 'builtin, external, or patterns such as image/*=builtin,*=external',
    parse: parseQueueRules,
  },
  processors: { name: 'WAYBILL_PROCESSORS', ...anyText },
  processorIsolation: {
    name: 'WAYBILL_PROCESSOR_ISOLATION',
    ...oneOf('best', 'namespaces-without-proc', 'namespaces'),
  },
  typeMismatch: { name: 'WAYBILL_TYPE_MISMATCH', ...oneOf('record', 'refuse') },
  archiveBombs: { name: 'WAYBILL_ARCHIVE_BOMBS', ...oneOf('record', 'refuse') },
  imageGps: { name: 'WAYBILL_IMAGE_GPS', ...oneOf('on', 'off') },
  clamd: {
    name: 'WAYBILL_CLAMD',
    allowed: 'host:port, or the absolute path of a socket',
    parse: parseSocketAddress,
  },
  workerConcurrency: {
    name: 'WAYBILL_WORKER_CONCURRENCY',
    allowed: 'an integer from 1 to 256',
    parse: parseInteger(1, 256),
  },
  autoRetry: { name: 'WAYBILL_AUTO_RETRY', ...oneOf('on', 'off') },
  retryBackoffMs: { name: 'WAYBILL_RETRY_BACKOFF', ...duration },
  maxAttempts: { name: 'WAYBILL_MAX_ATTEMPTS', ...count },
  logRetentionMs: { name: 'WAYBILL_LOG_RETENTION', ...duration },
  corsOrigins: {
    name: 'WAYBILL_CORS_ORIGINS',
    allowed: 'origins such as https://app.example.com, separated by commas',
    parse: parseOrigins,
  },
  logLevel: { name: 'LOG_LEVEL', ...oneOf(...LOG_LEVELS) },
  directDatabaseUrl: {
    name: 'WAYBILL_DIRECT_DATABASE_URL',
    allowed: 'a postgres:// or postgresql:// URL',
    parse: parseDatabaseUrl,
  },
  databaseRole: { name: 'WAYBILL_DATABASE_ROLE', allowed: 'the name of a role of PostgreSQL', parse: parseName },
  preparedStatements: { name: 'WAYBILL_PREPARED_STATEMENTS', ...oneOf('on', 'off') },
  maxSubscriptionsPerConnection: { name: 'WAYBILL_MAX_SUBSCRIPTIONS_PER_CONNECTION', ...count },
  maxSubscriptionsPerPrincipal: { name: 'WAYBILL_MAX_SUBSCRIPTIONS_PER_PRINCIPAL', ...count },
  maxCost: { name: 'WAYBILL_MAX_COST', allowed: 'an integer from 1 to 1000000000', parse: parseInteger(1, 1e9) },
  graphiql: { name: 'WAYBILL_GRAPHIQL', ...oneOf('on', 'off') },
  introspection: { name: 'WAYBILL_INTROSPECTION', ...oneOf('on', 'off') },
  suggestions: { name: 'WAYBILL_SUGGESTIONS', ...oneOf('on', 'off') },
  trustedDocuments: { name: 'WAYBILL_TRUSTED_DOCUMENTS', allowed: 'the path of a JSON file', parse: anyText.parse },
  memoryBudget: {
    name: 'WAYBILL_MEMORY_BUDGET',
    allowed: 'a number of bytes from 1MiB, such as 64MiB',
    parse: parseBudget,
  },
  natsServers: {
    name: 'WAYBILL_NOTIFY_URL',
    allowed:
      'nats:// or tls:// URLs such as nats://user:password@host:4222, separated by commas, all with the same user and password, or token',
    parse: parseNatsServers,
  },
  slowClientMs: { name: 'WAYBILL_SLOW_CLIENT_TIMEOUT', ...duration },
  keepAliveMs: { name: 'WAYBILL_KEEP_ALIVE_TIMEOUT', ...duration },
  maxSockets: { name: 'WAYBILL_MAX_SOCKETS', ...count },
  maxSocketsPerAddress: { name: 'WAYBILL_MAX_SOCKETS_PER_ADDRESS', ...count },
  search: { name: 'WAYBILL_SEARCH', ...oneOf('on', 'off') },
  searchLanguage: {
    name: 'WAYBILL_SEARCH_LANGUAGE',
    allowed: 'auto, or a text search configuration of the database such as english',
    parse: parseName,
  },
  crashAt: { name: 'WAYBILL_CRASH_AT', ...oneOf(...CRASH_POINTS) },
  unsafeDurability: { name: 'WAYBILL_UNSAFE_DURABILITY', ...oneOf('allow') },
} as const satisfies Readonly<Record<string, Variable<unknown>>>;
