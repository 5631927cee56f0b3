// Configuration: the defaults the contract promises, and for every bad value a message that names the variable, what
// it holds and what is allowed.
import { BlockList } from 'node:net';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { StartupError } from '../src/errors.ts';

const GIB = 2 ** 30;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The message of the refusal. */
function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    expect((error as StartupError).code).toBe('INVALID_CONFIGURATION');
    return (error as StartupError).message;
  }
  throw new Error(`not refused: ${JSON.stringify(environment)}`);
}

const DEFAULTS = {
  host: '127.0.0.1',
  port: 4000,
  databaseUrl: null,
  dataDir: '.waybill',
  storageUrl: null,
  publicUrl: null,
  auth: 'none',
  jwt: null,
  urlTtlMs: 60 * MINUTE,
  pageEmbedOrigins: [],
  oidc: null,
  maxUploadBytes: 50 * GIB,
  uploadStallMs: 15 * MINUTE,
  processingTimeoutMs: 10 * MINUTE,
  queueTimeoutMs: DAY,
  untrackedExpiryMs: DAY,
  failedBytesRetentionMs: DAY,
  processing: [],
  processors: null,
  processorIsolation: 'best',
  refuseMismatch: false,
  refuseBombs: false,
  imageGps: false,
  clamd: null,
  workerConcurrency: availableParallelism(),
  environment: expect.any(Object) as unknown,
  autoRetry: true,
  retryBackoffMs: 5_000,
  maxAttempts: 5,
  maxCost: 100_000,
  logRetentionMs: 30 * DAY,
  corsOrigins: [],
  logLevel: 'info',
  allowUnsafeDurability: false,
  directDatabaseUrl: null,
  databaseRole: null,
  preparedStatements: true,
  maxSubscriptionsPerConnection: 500,
  maxSubscriptionsPerPrincipal: 10_000,
  graphiql: true,
  introspection: true,
  suggestions: true,
  trustedDocuments: null,
  memoryBudget: 64 * 2 ** 20,
  natsServers: null,
  slowClientMs: 30_000,
  keepAliveMs: 75_000,
  maxSockets: 20_000,
  maxSocketsPerAddress: 5_000,
  rateLimit: null,
  byteRateLimit: null,
  quotaBytes: null,
  quotaFiles: null,
  maxOpenUploads: null,
  maxApiKeysPerTenant: 1_000,
  maxSocketsPerPrincipal: 5_000,
  webhookAllow: new BlockList(),
  webhookTimeoutMs: 10_000,
  webhookGiveUpMs: DAY,
  webhookDisableAfterMs: 3 * DAY,
  maxWebhooksPerTenant: 50,
  search: true,
  searchLanguage: 'auto',
  crashAt: null,
};

describe('without settings', () => {
  it('everything is as the contract promises', () => {
    expect(readConfig({})).toEqual(DEFAULTS);
  });

  it('an empty value counts as none, and what is not ours is not looked at', () => {
    const empty = { PORT: '', HOST: '', DATABASE_URL: '', WAYBILL_AUTH: '', WAYBILL_CORS_ORIGINS: '', LOG_LEVEL: '' };
    expect(readConfig({ ...empty, PATH: '/bin', HOME: '/', MY_WAYBILL_X: '1', waybill_x: '1' })).toEqual(DEFAULTS);
  });

  it("what the command line reads is in nobody's way", () => {
    expect(readConfig({ WAYBILL_URL: 'http://127.0.0.1:4000', WAYBILL_TOKEN: 'secret' })).toEqual(DEFAULTS);
  });
});

describe('a value', () => {
  it.each([
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: '65535' }, { port: 65_535 }],
    [{ HOST: 'localhost' }, { host: 'localhost' }],
    [{ HOST: '127.0.0.2' }, { host: '127.0.0.2' }],
    [{ HOST: '::1' }, { host: '::1' }],
    [
      { HOST: '0.0.0.0', WAYBILL_AUTH: 'none' },
      { host: '0.0.0.0', auth: 'none' },
    ],
    [{ DATABASE_URL: 'postgres://u:p@h:1/d' }, { databaseUrl: 'postgres://u:p@h:1/d' }],
    [{ DATABASE_URL: 'postgresql://h/d' }, { databaseUrl: 'postgresql://h/d' }],
    [{ WAYBILL_DATA_DIR: '/var/lib/waybill' }, { dataDir: '/var/lib/waybill' }],
    [{ WAYBILL_STORAGE_URL: 's3://bucket/prefix' }, { storageUrl: 's3://bucket/prefix' }],
    [{ WAYBILL_STORAGE_URL: 'file:///dir' }, { storageUrl: 'file:///dir' }],
    [{ WAYBILL_PUBLIC_URL: 'https://files.example.com' }, { publicUrl: 'https://files.example.com' }],
    [{ WAYBILL_MAX_UPLOAD_BYTES: '1' }, { maxUploadBytes: 1 }],
    [{ WAYBILL_MAX_UPLOAD_BYTES: '9007199254740991' }, { maxUploadBytes: Number.MAX_SAFE_INTEGER }],
    [{ WAYBILL_MAX_UPLOAD_BYTES: '2 GiB' }, { maxUploadBytes: 2 * GIB }],
    [{ WAYBILL_UPLOAD_STALL: '250ms' }, { uploadStallMs: 250 }],
    [{ WAYBILL_UPLOAD_STALL: '90s' }, { uploadStallMs: 90_000 }],
    [{ WAYBILL_PROCESSING_TIMEOUT: '2h' }, { processingTimeoutMs: 120 * MINUTE }],
    [{ WAYBILL_QUEUE_TIMEOUT: '2d' }, { queueTimeoutMs: 2 * DAY }],
    [{ WAYBILL_UNTRACKED_EXPIRY: '7d' }, { untrackedExpiryMs: 7 * DAY }],
    [{ WAYBILL_FAILED_BYTES_RETENTION: '36h' }, { failedBytesRetentionMs: 1.5 * DAY }],
    [{ WAYBILL_TYPE_MISMATCH: 'refuse' }, { refuseMismatch: true }],
    [{ WAYBILL_ARCHIVE_BOMBS: 'refuse' }, { refuseBombs: true }],
    [{ WAYBILL_IMAGE_GPS: 'on' }, { imageGps: true }],
    [{ WAYBILL_WORKER_CONCURRENCY: '16' }, { workerConcurrency: 16 }],
    [{ WAYBILL_PROCESSOR_ISOLATION: 'namespaces' }, { processorIsolation: 'namespaces' }],
    [{ WAYBILL_PROCESSORS: 'text,./mine.ts' }, { processors: 'text,./mine.ts' }],
    [{ WAYBILL_CLAMD: 'clamd:3310' }, { clamd: 'clamd:3310' }],
    [{ WAYBILL_CLAMD: '/run/clamd.sock' }, { clamd: '/run/clamd.sock' }],
    [{ WAYBILL_PROCESSING: 'external' }, { processing: [{ pattern: '*', queue: 'external' }] }],
    [
      { WAYBILL_PROCESSING: 'image/*=builtin, text/CSV=builtin,*=external' },
      {
        processing: [
          { pattern: 'image/*', queue: 'builtin' },
          { pattern: 'text/csv', queue: 'builtin' },
          { pattern: '*', queue: 'external' },
        ],
      },
    ],
    [{ WAYBILL_AUTO_RETRY: 'off' }, { autoRetry: false }],
    [{ WAYBILL_RETRY_BACKOFF: '1m' }, { retryBackoffMs: MINUTE }],
    [{ WAYBILL_MAX_ATTEMPTS: '1' }, { maxAttempts: 1 }],
    [{ WAYBILL_LOG_RETENTION: '1d' }, { logRetentionMs: DAY }],
    [
      { WAYBILL_CORS_ORIGINS: 'https://a.example, http://b.example:8080,' },
      {
        corsOrigins: ['https://a.example', 'http://b.example:8080'],
      },
    ],
    [{ WAYBILL_DIRECT_DATABASE_URL: 'postgres://h/d' }, { directDatabaseUrl: 'postgres://h/d' }],
    [
      { WAYBILL_DATABASE_ROLE: 'waybill_app', DATABASE_URL: 'postgres://h/d' },
      { databaseRole: 'waybill_app', databaseUrl: 'postgres://h/d' },
    ],
    [{ WAYBILL_MAX_SUBSCRIPTIONS_PER_CONNECTION: '1' }, { maxSubscriptionsPerConnection: 1 }],
    [{ WAYBILL_MAX_SUBSCRIPTIONS_PER_PRINCIPAL: '7' }, { maxSubscriptionsPerPrincipal: 7 }],
    [{ WAYBILL_MAX_COST: '5000' }, { maxCost: 5_000 }],
    [{ WAYBILL_GRAPHIQL: 'off' }, { graphiql: false }],
    [{ WAYBILL_INTROSPECTION: 'off' }, { introspection: false }],
    [{ WAYBILL_SUGGESTIONS: 'off' }, { suggestions: false }],
    [{ NODE_ENV: 'production' }, { suggestions: false, environment: expect.anything() as object }],
    [{ NODE_ENV: 'production', WAYBILL_SUGGESTIONS: 'on' }, {}],
    [{ WAYBILL_TRUSTED_DOCUMENTS: '/etc/waybill/documents.json' }, { trustedDocuments: '/etc/waybill/documents.json' }],
    [{ WAYBILL_SLOW_CLIENT_TIMEOUT: '5s' }, { slowClientMs: 5_000 }],
    [{ WAYBILL_CRASH_AT: 'mid_sequence' }, { crashAt: 'mid_sequence' }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ WAYBILL_UNSAFE_DURABILITY: 'allow' }, { allowUnsafeDurability: true }],
  ])('%j is taken', (environment, expected) => {
    expect(readConfig(environment)).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each([
    ['PORT', '65536', '0 to 65535'],
    ['PORT', '-1', '0 to 65535'],
    ['PORT', '4000x', '0 to 65535'],
    ['PORT', '0x10', '0 to 65535'],
    ['PORT', '1e3', '0 to 65535'],
    ['HOST', ' ', 'a host name'],
    ['DATABASE_URL', 'mysql://h/d', 'postgres://'],
    ['DATABASE_URL', 'localhost', 'postgres://'],
    ['WAYBILL_STORAGE_URL', 'http://h/d', 's3://'],
    ['WAYBILL_PUBLIC_URL', 'files.example.com', 'https://'],
    ['WAYBILL_AUTH', 'basic', 'none, jwt'],
    ['WAYBILL_JWKS_URL', 'file:///keys', 'http'],
    ['WAYBILL_MAX_UPLOAD_BYTES', '0', '2^53-1'],
    ['WAYBILL_MAX_UPLOAD_BYTES', '-5', '2^53-1'],
    ['WAYBILL_MAX_UPLOAD_BYTES', '1.5GiB', '2^53-1'],
    ['WAYBILL_MAX_UPLOAD_BYTES', '9007199254740992', '2^53-1'],
    ['WAYBILL_MAX_UPLOAD_BYTES', '5 parsecs', '2^53-1'],
    ['WAYBILL_MAX_UPLOAD_BYTES', '5 constructor', '2^53-1'],
    ['WAYBILL_UPLOAD_STALL', '15', '15m'],
    ['WAYBILL_UPLOAD_STALL', '0s', '15m'],
    ['WAYBILL_PROCESSING_TIMEOUT', '10 minutes', '15m'],
    ['WAYBILL_WORKER_CONCURRENCY', '0', '1 to 256'],
    ['WAYBILL_CLAMD', 'clamd', 'host:port'],
    ['WAYBILL_UNTRACKED_EXPIRY', 'never', '15m'],
    ['WAYBILL_LOG_RETENTION', '99999d', '15m'],
    ['WAYBILL_MAX_ATTEMPTS', '0', '1 to 1000000'],
    ['WAYBILL_MAX_ATTEMPTS', '2.5', '1 to 1000000'],
    ['WAYBILL_CORS_ORIGINS', '*', 'https://app.example.com'],
    ['WAYBILL_CORS_ORIGINS', 'https://a.example/path', 'https://app.example.com'],
    ['WAYBILL_CORS_ORIGINS', 'a.example', 'https://app.example.com'],
    ['LOG_LEVEL', 'loud', 'trace, debug, info'],
    ['WAYBILL_UNSAFE_DURABILITY', 'yes', 'allow'],
  ])('%s=%s is refused with what it holds and what is allowed', (name, value, allowed) => {
    const message = refusal({ [name]: value });
    expect(message).toContain(`${name} holds ${JSON.stringify(value)}`);
    expect(message).toContain('allowed: ');
    expect(message).toContain(allowed);
  });
});

it.each(['WAYBILL_PORT', 'WAYBILL_MAX_ATTEMPT', 'WAYBILL_', 'WAYBILL_auth'])(
  '%s is no setting: a slip of the pen does not go unseen',
  (name) => {
    const message = refusal({ [name]: '1' });
    expect(message).toContain(`${name} holds "1"`);
    for (const known of ['WAYBILL_AUTH', 'WAYBILL_DATA_DIR', 'WAYBILL_LOG_RETENTION']) expect(message).toContain(known);
  },
);

it('the first mistake is enough: nothing is read past it', () => {
  expect(refusal({ WAYBILL_NOPE: '1', PORT: 'x' })).toContain('WAYBILL_NOPE');
});

it('files that are scanned are processed by the workers of this service only', () => {
  const environment = { WAYBILL_CLAMD: 'clamd:3310', WAYBILL_PROCESSING: 'image/*=external' };
  expect(() => readConfig(environment)).toThrow(/WAYBILL_PROCESSING holds "image\/\*=external".*allowed: builtin/);
});
