// The only reader of the environment. Every variable is validated before anything is opened. An invalid one is refused
// with its name, its value and what is allowed. README.md lists the settings; keep the two in step.
//
// To add a setting: a field of Config, an entry in VARIABLES (config-variables.ts), and a line with its default in readConfig.
import { availableParallelism } from 'node:os';
import { type AuthConfig, readAuthConfig } from './config-auth.ts';
import { type LimitsConfig, readLimitsConfig } from './config-limits.ts';
import type { NatsServers } from './config-notify.ts';
import { type PageConfig, readPageConfig } from './config-page.ts';
import { type CrashPoint, type Environment, VARIABLES } from './config-variables.ts';
import { type QueueRule, type Variable, withoutPasswords } from './config-values.ts';
import { type WebhooksConfig, readWebhooksConfig } from './config-webhooks.ts';
import { StartupError } from './errors.ts';

export interface Config extends AuthConfig, LimitsConfig, PageConfig, WebhooksConfig {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** null: the embedded server in the data dir. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** null: a directory in the data dir. */
  readonly storageUrl: string | null;
  /** null: taken from each request. */
  readonly publicUrl: string | null;
  readonly maxUploadBytes: number;
  readonly uploadStallMs: number;
  readonly processingTimeoutMs: number;
  /** How long a file may wait for a worker of this service. */
  readonly queueTimeoutMs: number;
  readonly untrackedExpiryMs: number;
  /** How long a FAILED file keeps the bytes of an incomplete upload. */
  readonly failedBytesRetentionMs: number;
  readonly processing: readonly QueueRule[];
  /** Names and paths, separated by commas; null: the built-in ones. */
  readonly processors: string | null;
  /** The weakest isolation of processors with which the worker starts; `best`: whatever works here. */
  readonly processorIsolation: 'best' | 'namespaces-without-proc' | 'namespaces';
  /** Whether a file whose bytes are of another type than declared fails, instead of that being recorded. */
  readonly refuseMismatch: boolean;
  /** Whether an archive that would unpack to far more than it is fails, instead of that being recorded. */
  readonly refuseBombs: boolean;
  /** Whether the place at which a photo was taken is kept. */
  readonly imageGps: boolean;
  /** Where a clamd listens; null: files are not scanned for malware. */
  readonly clamd: string | null;
  /** What processors of a team's own ask for by name. */
  readonly environment: Environment;
  /** Files that the worker of this process runs at once. */
  readonly workerConcurrency: number;
  readonly autoRetry: boolean;
  readonly retryBackoffMs: number;
  readonly maxAttempts: number;
  readonly logRetentionMs: number;
  readonly corsOrigins: readonly string[];
  readonly logLevel: string;
  /** Whether to run on a server that may lose acknowledged changes. */
  readonly allowUnsafeDurability: boolean;
  /** A direct connection, where DATABASE_URL is a transaction-mode pooler; null: DATABASE_URL. */
  readonly directDatabaseUrl: string | null;
  /** The role that this program acts as, which is not the owner of the tables; null: the user of DATABASE_URL. */
  readonly databaseRole: string | null;
  /** Whether statements are prepared by name; off for a pooler that cannot carry them. */
  readonly preparedStatements: boolean;
  /** The most live subscriptions. */
  readonly maxSubscriptionsPerConnection: number;
  readonly maxSubscriptionsPerPrincipal: number;
  /** The highest cost of a GraphQL operation. */
  readonly maxCost: number;
  /** Whether browsers get GraphiQL at /graphql. */
  readonly graphiql: boolean;
  /** Whether operations may ask for the schema. */
  readonly introspection: boolean;
  /** Whether refusals say what a client may have meant. */
  readonly suggestions: boolean;
  /** A JSON file of the only documents that are executed; null: every document is. */
  readonly trustedDocuments: string | null;
  /** Bytes that the feed keeps in memory. */
  readonly memoryBudget: number;
  /** Over which replicas signal to each other; null: by LISTEN and NOTIFY of the database. */
  readonly natsServers: NatsServers | null;
  /** How long a client may read nothing of what is sent to it. */
  readonly slowClientMs: number;
  /** How long a connection may wait for its next request. */
  readonly keepAliveMs: number;
  /** The most WebSockets, in all and of one address. */
  readonly maxSockets: number;
  readonly maxSocketsPerAddress: number;
  /** Whether files are found by their text. */
  readonly search: boolean;
  /** `auto`, or the name of a text search configuration of the database. */
  readonly searchLanguage: string;
  /** Where a test makes this process crash; null in production. */
  readonly crashAt: CrashPoint | null;
}

/** Read by the command line (cli/environment.ts), which may share its environment with the program. */
const CLI_VARIABLES = ['WAYBILL_URL', 'WAYBILL_TOKEN'];

const fail = (message: string): never => {
  throw new StartupError('INVALID_CONFIGURATION', message);
};

function refuseUnknown(environment: Environment): void {
  const known = Object.values(VARIABLES).map(({ name }) => name as string);
  const isUnknown = (name: string): boolean =>
    name.startsWith('WAYBILL_') && ![...known, ...CLI_VARIABLES].includes(name);
  const unknown = Object.keys(environment).find(isUnknown);
  if (unknown === undefined) return;
  const allowed = known.filter((name) => name.startsWith('WAYBILL_')).join(', ');
  // A misspelt name may well hold a secret.
  const isSecret = /SECRET|TOKEN|KEY|PASSWORD/.test(unknown);
  const value = isSecret ? 'a value' : JSON.stringify(withoutPasswords(environment[unknown] ?? ''));
  fail(`${unknown} holds ${value}, but there is no such setting; allowed: ${allowed}`);
}

/** An empty value counts as unset, as compose files and CI systems write it. */
function read<Value>(environment: Environment, { name, allowed, parse }: Variable<Value>): Value | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  return parse(text) ?? fail(`${name} holds ${JSON.stringify(withoutPasswords(text))}; allowed: ${allowed}`);
}

function readCrashPoint(environment: Environment): CrashPoint | null {
  const point = read(environment, VARIABLES.crashAt) ?? null;
  if (point !== null && environment['NODE_ENV'] === 'production') {
    fail(
      `WAYBILL_CRASH_AT holds "${point}", which would crash a production process; allowed with NODE_ENV=production: unset`,
    );
  }
  return point;
}

/** The owner of an embedded database is this program itself. */
function readDatabaseRole(environment: Environment): string | null {
  const role = read(environment, VARIABLES.databaseRole) ?? null;
  if (role !== null && read(environment, VARIABLES.databaseUrl) === undefined) {
    fail(`WAYBILL_DATABASE_ROLE holds ${JSON.stringify(role)}, which needs a server of your own; set DATABASE_URL too`);
  }
  return role;
}

/** Workers outside do not scan, and whoever uploads chooses the media type by which a file gets to them. */
function readClamd(environment: Environment): string | null {
  const clamd = read(environment, VARIABLES.clamd) ?? null;
  const processing = read(environment, VARIABLES.processing) ?? [];
  if (clamd !== null && processing.some(({ queue }) => queue === 'external')) {
    fail(
      `WAYBILL_PROCESSING holds ${JSON.stringify(environment['WAYBILL_PROCESSING'])}, but with WAYBILL_CLAMD every file ` +
        'is scanned by the workers of this service; allowed: builtin',
    );
  }
  return clamd;
}

/** They tell a stranger names of the schema; in production nobody is writing documents. */
function readSuggestions(environment: Environment): boolean {
  const unset = environment['NODE_ENV'] === 'production' ? 'off' : 'on';
  return (read(environment, VARIABLES.suggestions) ?? unset) === 'on';
}

/** @throws StartupError INVALID_CONFIGURATION */
export function readConfig(environment: Environment = process.env): Config {
  refuseUnknown(environment);
  const get = <Value>(variable: Variable<Value>): Value | undefined => read(environment, variable);
  const host = get(VARIABLES.host) ?? '127.0.0.1';
  const auth = readAuthConfig(get, host);
  return {
    host,
    port: get(VARIABLES.port) ?? 4000,
    databaseUrl: get(VARIABLES.databaseUrl) ?? null,
    dataDir: get(VARIABLES.dataDir) ?? '.waybill',
    storageUrl: get(VARIABLES.storageUrl) ?? null,
    publicUrl: get(VARIABLES.publicUrl) ?? null,
    ...auth,
    ...readPageConfig(get, auth.auth),
    ...readLimitsConfig(get),
    ...readWebhooksConfig(get),
    maxUploadBytes: get(VARIABLES.maxUploadBytes) ?? 50 * 2 ** 30,
    uploadStallMs: get(VARIABLES.uploadStallMs) ?? 15 * 6e4,
    processingTimeoutMs: get(VARIABLES.processingTimeoutMs) ?? 10 * 6e4,
    queueTimeoutMs: get(VARIABLES.queueTimeoutMs) ?? 864e5,
    untrackedExpiryMs: get(VARIABLES.untrackedExpiryMs) ?? 864e5,
    failedBytesRetentionMs: get(VARIABLES.failedBytesRetentionMs) ?? 864e5,
    processing: get(VARIABLES.processing) ?? [],
    processors: get(VARIABLES.processors) ?? null,
    processorIsolation: get(VARIABLES.processorIsolation) ?? 'best',
    refuseMismatch: get(VARIABLES.typeMismatch) === 'refuse',
    refuseBombs: get(VARIABLES.archiveBombs) === 'refuse',
    imageGps: get(VARIABLES.imageGps) === 'on',
    clamd: readClamd(environment),
    environment,
    workerConcurrency: get(VARIABLES.workerConcurrency) ?? availableParallelism(),
    autoRetry: get(VARIABLES.autoRetry) !== 'off',
    retryBackoffMs: get(VARIABLES.retryBackoffMs) ?? 5e3,
    maxAttempts: get(VARIABLES.maxAttempts) ?? 5,
    logRetentionMs: get(VARIABLES.logRetentionMs) ?? 30 * 864e5,
    corsOrigins: get(VARIABLES.corsOrigins) ?? [],
    logLevel: get(VARIABLES.logLevel) ?? 'info',
    directDatabaseUrl: get(VARIABLES.directDatabaseUrl) ?? null,
    databaseRole: readDatabaseRole(environment),
    preparedStatements: get(VARIABLES.preparedStatements) !== 'off',
    maxSubscriptionsPerConnection: get(VARIABLES.maxSubscriptionsPerConnection) ?? 500,
    maxSubscriptionsPerPrincipal: get(VARIABLES.maxSubscriptionsPerPrincipal) ?? 10_000,
    maxCost: get(VARIABLES.maxCost) ?? 100_000,
    graphiql: get(VARIABLES.graphiql) !== 'off',
    introspection: get(VARIABLES.introspection) !== 'off',
    suggestions: readSuggestions(environment),
    trustedDocuments: get(VARIABLES.trustedDocuments) ?? null,
    memoryBudget: get(VARIABLES.memoryBudget) ?? 64 * 2 ** 20,
    natsServers: get(VARIABLES.natsServers) ?? null,
    slowClientMs: get(VARIABLES.slowClientMs) ?? 3e4,
    keepAliveMs: get(VARIABLES.keepAliveMs) ?? 75e3,
    maxSockets: get(VARIABLES.maxSockets) ?? 20_000,
    maxSocketsPerAddress: get(VARIABLES.maxSocketsPerAddress) ?? 5_000,
    search: get(VARIABLES.search) !== 'off',
    searchLanguage: get(VARIABLES.searchLanguage) ?? 'auto',
    crashAt: readCrashPoint(environment),
    allowUnsafeDurability: get(VARIABLES.unsafeDurability) === 'allow',
  };
}
