// Builds the core on the database: the feed, the lifecycle, sign-in, claims, search.
import { randomUUID } from 'node:crypto';
import { type Auth, startAuth } from './auth/auth.ts';
import { MutationRates } from './auth/limits/mutation-rates.ts';
import type { Base } from './build-base.ts';
import { buildWebhooks, startSenders } from './build-webhooks.ts';
import type { Config } from './config.ts';
import { QUEUES, type QueuePlace } from './entities/processing.ts';
import type { LoggedChange } from './feed/change.ts';
import { Feed } from './feed/feed.ts';
import { natsNotifier } from './feed/notify/nats.ts';
import type { OpenNotifier } from './feed/notify/notifier.ts';
import { postgresNotifier } from './feed/notify/postgres.ts';
import type { Metrics } from './http/metrics.ts';
import { createXStateEngine } from './fsm/xstate-engine.ts';
import { createNewId } from './ids.ts';
import { crashAt } from './lifecycle/failpoints.ts';
import { type Lifecycle, type LifecycleOptions, createLifecycle } from './lifecycle/lifecycle.ts';
import { type ProcessingPolicy, createProcessingPolicy } from './lifecycle/processing-policy.ts';
import { FileReader } from './lifecycle/reader.ts';
import { NO_QUOTAS, type Quotas } from './lifecycle/usage.ts';
import { Claims } from './processing/claims.ts';
import { LeaseRights } from './processing/lease-rights.ts';
import type { Services } from './schema/context.ts';
import type { Senders } from './webhooks/sending/senders.ts';
import { SubscriptionSlots } from './schema/subscriptions/slots.ts';
import { type Search, openSearch } from './search/open-search.ts';
import { readableFiles } from './uploads/content.ts';

export interface Core {
  readonly auth: Auth;
  readonly search: Search;
  readonly services: Services;
  readonly senders: Senders;
}

const now = (): number => performance.now();
const newId = createNewId();

/** What it started is in `parts`, to be stopped in reverse order. */
export async function startCore(parts: AsyncDisposableStack, base: Base): Promise<Core> {
  const { config, pools, log } = base;
  const reader = new FileReader(pools.reads);
  const feed = await startFeed(base, reader);
  parts.defer(() => feed.stop());
  const lifecycle = buildLifecycle(base, feed, buildPolicy(config), (places) => claims.wake(places));
  parts.defer(() => lifecycle.idle());
  const auth = await startAuth({
    config,
    pool: pools.uploads,
    log,
    now,
    newId,
    onKeysExceeded: () => base.metrics.limits.count('api_keys'),
  });
  parts.defer(() => auth.stop());
  const claims = buildClaims(base, lifecycle);
  // In either queue: the replica that put it there may have other settings.
  const placesOf = ({ tenant }: LoggedChange): QueuePlace[] => QUEUES.map((queue) => ({ tenant, queue }));
  parts.defer(feed.onEntered('processing', (changes) => claims.wake(changes.flatMap(placesOf))));
  const { search: isOn, searchLanguage: language } = config;
  const search = await openSearch({ orm: pools.reads, isOn, language, log });
  const leaseRights = new LeaseRights({ rights: auth.rights, lifecycle, newId, log });
  const senders = startSenders(base, feed);
  parts.defer(() => senders.stop());
  base.metrics.webhooks.observe(() => senders.lags(feed.head));
  const webhooks = buildWebhooks(base, feed, senders);
  const services = buildServices(base, {
    lifecycle,
    reader,
    feed,
    claims,
    leaseRights,
    search,
    keys: auth.keys,
    webhooks,
  });
  return { auth, search, services, senders };
}

function startFeed(base: Base, reader: FileReader): Promise<Feed> {
  const { config, log, pools } = base;
  return Feed.start({
    pool: pools.feed,
    followerPool: pools.followers,
    log,
    now,
    readFile: (tenant, fileId) => reader.readFile(tenant, fileId),
    openNotifier: notifierOf(base),
    replicaId: randomUUID(),
    retentionMs: config.logRetentionMs,
    memoryBytes: config.memoryBudget,
    midSequence: config.crashAt === 'mid_sequence' ? () => crashAt(config.crashAt)('mid_sequence') : undefined,
  });
}

/** The driver of signals between replicas. */
function notifierOf({ config, log, pools, database }: Base): OpenNotifier {
  const pool = pools.feed;
  return config.natsServers === null
    ? postgresNotifier({ pool, listenUrl: config.directDatabaseUrl ?? database.url, log })
    : natsNotifier({ pool, servers: config.natsServers, log });
}

const buildPolicy = ({ processing: rules, autoRetry, retryBackoffMs, clamd }: Config): ProcessingPolicy =>
  createProcessingPolicy({ rules, autoRetry, retryBackoffMs, isScanned: clamd !== null });

function buildLifecycle(
  { config, log, pools, metrics, timers }: Base,
  feed: Feed,
  policy: ProcessingPolicy,
  onQueued: LifecycleOptions['onQueued'] & {},
): Lifecycle {
  return createLifecycle({
    orm: pools.writes,
    engine: createXStateEngine(),
    log,
    random: Math.random,
    newId,
    timers,
    policy,
    quotas: quotasOf(config),
    failpoints: crashAt(config.crashAt),
    takeTurn: feed.takeTurn,
    onLogged: () => feed.wake(),
    onQueued,
    onProgress: (tenant, file) => feed.reportProgress(tenant, file),
    onQuotaExceeded: () => metrics.limits.count('quota'),
    onAttempt: (answer, durationMs) => metrics.countAttempt(answer, durationMs),
  });
}

function buildClaims({ log, pools, metrics }: Base, lifecycle: Lifecycle): Claims {
  return new Claims({
    lifecycle,
    pool: pools.uploads,
    log,
    now,
    newId,
    onClaimed: (queue, files) => metrics.processing.countClaims(queue, files),
  });
}

/** null where there is none: nothing is locked or read for them then. */
function quotasOf({ quotaFiles: files, quotaBytes: bytes, maxOpenUploads: openUploads }: Config): Quotas | null {
  return files === null && bytes === null && openUploads === null ? null : { files, bytes, openUploads };
}

function buildRates({ rateLimit: perSecond }: Config, { limits }: Metrics): MutationRates | null {
  const onRefused = (mutations: number): void => limits.count('mutation_rate', mutations);
  return perSecond === null ? null : new MutationRates({ perSecond, now, onRefused });
}

type Shared = Pick<Services, 'lifecycle' | 'reader' | 'feed' | 'claims' | 'leaseRights' | 'keys' | 'webhooks'>;

function buildServices(
  { config, metrics }: Base,
  { search, ...given }: Shared & { readonly search: Search },
): Services {
  const { maxUploadBytes, maxAttempts, maxSubscriptionsPerConnection, maxSubscriptionsPerPrincipal } = config;
  return {
    ...given,
    engine: createXStateEngine(),
    limits: { maxUploadBytes, maxAttempts },
    tenantLimits: { quotas: quotasOf(config) ?? NO_QUOTAS, rateLimit: config.rateLimit },
    rates: buildRates(config, metrics),
    newId,
    search: search.files,
    stageText: (found) => search.stage(found),
    isReadable: readableFiles(config.clamd !== null),
    slots: new SubscriptionSlots({
      perConnection: maxSubscriptionsPerConnection,
      perPrincipal: maxSubscriptionsPerPrincipal,
      onRefused: () => metrics.limits.count('subscriptions'),
    }),
  };
}
