// The only reader of the environment. Everything is validated before anything is opened; a mistake names the variable,
// what it holds and what is allowed (contract.md, Configuration).
import { StartupError } from './errors.ts';

export interface Config {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** null: the embedded server in the data dir. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** null: `file:` under the data dir. */
  readonly storageUrl: string | null;
  /** null: from the request. */
  readonly publicUrl: string | null;
  readonly auth: 'none';
  readonly maxUploadBytes: number;
  readonly uploadStallMs: number;
  readonly processingTimeoutMs: number;
  readonly untrackedExpiryMs: number;
  readonly maxAttempts: number;
  readonly logRetentionMs: number;
  readonly corsOrigins: readonly string[];
  readonly logLevel: string;
  /** Run on a server that may lose acknowledged changes. */
  readonly allowUnsafeDurability: boolean;
  /** A direct connection where DATABASE_URL is a transaction-mode pooler; null: the same. */
  readonly directDatabaseUrl: string | null;
  /** Live subscriptions, at most. */
  readonly maxSubscriptionsPerConnection: number;
  readonly maxSubscriptionsPerPrincipal: number;
  /** How long a client may take nothing of what is sent to it. */
  readonly slowClientMs: number;
  /** Where a test wants this process to die; null in production. */
  readonly crashAt: CrashPoint | null;
}

export const CRASH_POINTS = ['before_lock', 'after_decide', 'before_commit', 'after_commit', 'mid_sequence'] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

type Environment = Readonly<Record<string, string | undefined>>;
type Parse<Value> = (text: string) => Value | undefined;

interface Variable<Value> {
  readonly name: string;
  /** What is allowed, in words. */
  readonly allowed: string;
  readonly parse: Parse<Value>;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
const UNITS_BYTES: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
// setTimeout and PostgreSQL intervals both carry this far.
const LONGEST_MS = 10 * 365 * UNITS_MS['d']!;

function parseQuantity(units: Readonly<Record<string, number>>, most: number): Parse<number> {
  return (text) => {
    const [, digits, unit = ''] = /^(\d{1,16})\s?([A-Za-z]*)$/.exec(text) ?? [];
    const factor = units[unit];
    const value = Number(digits) * (factor ?? Number.NaN);
    return Number.isSafeInteger(value) && value >= 1 && value <= most ? value : undefined;
  };
}

function parseInteger(least: number, most: number): Parse<number> {
  return (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
  };
}

function parseUrl(...protocols: string[]): Parse<string> {
  return (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined);
}

function parseOrigins(text: string): readonly string[] | undefined {
  const origins = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const isOrigin = (each: string): boolean => URL.canParse(each) && new URL(each).origin === each;
  return origins.every(isOrigin) ? origins : undefined;
}

const duration = { allowed: 'a number with ms, s, m, h or d, such as 15m', parse: parseQuantity(UNITS_MS, LONGEST_MS) };
const anyText = { allowed: 'any text', parse: (text: string) => text };

const oneOf = <Name extends string>(...names: readonly Name[]): Pick<Variable<Name>, 'allowed' | 'parse'> => ({
  allowed: names.join(', '),
  parse: (text) => names.find((name) => name === text),
});

const count = { allowed: 'an integer from 1 to 1000000', parse: parseInteger(1, 1_000_000) };

/** Every variable the program reads. A `WAYBILL_` name that is not here is a mistake worth stopping for. */
const VARIABLES = {
  host: { name: 'HOST', allowed: 'a host name or address', parse: (text: string) => text.trim() || undefined },
  port: { name: 'PORT', allowed: 'an integer from 0 to 65535', parse: parseInteger(0, 65_535) },
  databaseUrl: {
    name: 'DATABASE_URL',
    allowed: 'a postgres:// or postgresql:// URL',
    parse: parseUrl('postgres:', 'postgresql:'),
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
  auth: { name: 'WAYBILL_AUTH', ...oneOf('none', 'jwt') },
  jwtSecret: { name: 'WAYBILL_JWT_SECRET', ...anyText },
  jwksUrl: { name: 'WAYBILL_JWKS_URL', allowed: 'an http(s) URL', parse: parseUrl('http:', 'https:') },
  maxUploadBytes: {
    name: 'WAYBILL_MAX_UPLOAD_BYTES',
    allowed: 'a number of bytes up to 2^53-1, or one with KiB, MiB, GiB or TiB',
    parse: parseQuantity(UNITS_BYTES, Number.MAX_SAFE_INTEGER),
  },
  uploadStallMs: { name: 'WAYBILL_UPLOAD_STALL', ...duration },
  processingTimeoutMs: { name: 'WAYBILL_PROCESSING_TIMEOUT', ...duration },
  untrackedExpiryMs: { name: 'WAYBILL_UNTRACKED_EXPIRY', ...duration },
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
    parse: parseUrl('postgres:', 'postgresql:'),
  },
  maxSubscriptionsPerConnection: { name: 'WAYBILL_MAX_SUBSCRIPTIONS_PER_CONNECTION', ...count },
  maxSubscriptionsPerPrincipal: { name: 'WAYBILL_MAX_SUBSCRIPTIONS_PER_PRINCIPAL', ...count },
  slowClientMs: { name: 'WAYBILL_SLOW_CLIENT_TIMEOUT', ...duration },
  crashAt: { name: 'WAYBILL_CRASH_AT', ...oneOf(...CRASH_POINTS) },
  unsafeDurability: { name: 'WAYBILL_UNSAFE_DURABILITY', ...oneOf('allow') },
} as const satisfies Readonly<Record<string, Variable<unknown>>>;

/** Of the command line (cli/environment.ts): who works with both has them in the same environment. */
const OTHERS = ['WAYBILL_URL', 'WAYBILL_TOKEN'];

const fail = (message: string): never => {
  throw new StartupError('INVALID_CONFIGURATION', message);
};

function refuseUnknown(environment: Environment): void {
  const known = Object.values(VARIABLES).map(({ name }) => name as string);
  const isUnknown = (name: string): boolean => name.startsWith('WAYBILL_') && ![...known, ...OTHERS].includes(name);
  const unknown = Object.keys(environment).find(isUnknown);
  if (unknown === undefined) return;
  const allowed = known.filter((name) => name.startsWith('WAYBILL_')).join(', ');
  fail(`${unknown} holds ${JSON.stringify(environment[unknown])}, but there is no such setting; allowed: ${allowed}`);
}

/** Of a URL, well-formed or not: what stands between the scheme and the host is nobody's business. */
const withoutPassword = (text: string): string => text.replace(/:\/\/[^/]*@/, '://***@');

/** An empty value counts as unset: that is how compose files and CI systems spell it. */
function read<Value>(environment: Environment, { name, allowed, parse }: Variable<Value>): Value | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  return parse(text) ?? fail(`${name} holds ${JSON.stringify(withoutPassword(text))}; allowed: ${allowed}`);
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

function readAuth(environment: Environment, host: string): 'none' {
  const auth = read(environment, VARIABLES.auth);
  // Of no use yet, but a mistake in it is one today already.
  read(environment, VARIABLES.jwksUrl);
  if (auth === 'jwt') fail('WAYBILL_AUTH holds "jwt", which this version cannot check yet; allowed: none');
  if (auth === undefined && !isLoopback(host)) {
    fail(
      `WAYBILL_AUTH is not set and HOST holds ${JSON.stringify(host)}, which others can reach; allowed: none ` +
        '(everybody who reaches the port may do everything), or a loopback HOST',
    );
  }
  return 'none';
}

function readCrashPoint(environment: Environment): CrashPoint | null {
  const point = read(environment, VARIABLES.crashAt) ?? null;
  if (point !== null && environment['NODE_ENV'] === 'production') {
    fail(
      `WAYBILL_CRASH_AT holds "${point}", which would end a production process; allowed with NODE_ENV=production: unset`,
    );
  }
  return point;
}

/** @throws StartupError INVALID_CONFIGURATION */
export function readConfig(environment: Environment = process.env): Config {
  refuseUnknown(environment);
  const get = <Value>(variable: Variable<Value>): Value | undefined => read(environment, variable);
  const host = get(VARIABLES.host) ?? '127.0.0.1';
  return {
    host,
    port: get(VARIABLES.port) ?? 4000,
    databaseUrl: get(VARIABLES.databaseUrl) ?? null,
    dataDir: get(VARIABLES.dataDir) ?? '.waybill',
    storageUrl: get(VARIABLES.storageUrl) ?? null,
    publicUrl: get(VARIABLES.publicUrl) ?? null,
    auth: readAuth(environment, host),
    maxUploadBytes: get(VARIABLES.maxUploadBytes) ?? 50 * 2 ** 30,
    uploadStallMs: get(VARIABLES.uploadStallMs) ?? 15 * 6e4,
    processingTimeoutMs: get(VARIABLES.processingTimeoutMs) ?? 10 * 6e4,
    untrackedExpiryMs: get(VARIABLES.untrackedExpiryMs) ?? 864e5,
    maxAttempts: get(VARIABLES.maxAttempts) ?? 5,
    logRetentionMs: get(VARIABLES.logRetentionMs) ?? 30 * 864e5,
    corsOrigins: get(VARIABLES.corsOrigins) ?? [],
    logLevel: get(VARIABLES.logLevel) ?? 'info',
    directDatabaseUrl: get(VARIABLES.directDatabaseUrl) ?? null,
    maxSubscriptionsPerConnection: get(VARIABLES.maxSubscriptionsPerConnection) ?? 500,
    maxSubscriptionsPerPrincipal: get(VARIABLES.maxSubscriptionsPerPrincipal) ?? 10_000,
    slowClientMs: get(VARIABLES.slowClientMs) ?? 3e4,
    crashAt: readCrashPoint(environment),
    allowUnsafeDurability: get(VARIABLES.unsafeDurability) === 'allow',
  };
}
