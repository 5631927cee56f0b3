// Sign-in, put together: tokens, API keys, the clock they expire by, and what ends with them.
import type { Pool } from 'pg';
import type { AuthConfig, JwtConfig } from '../config-auth.ts';
import type { LimitsConfig } from '../config-limits.ts';
import { PeriodicTask } from '../jobs/periodic-task.ts';
import { createNewId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { type Authenticate, authenticateAsLocal, createAuthenticate } from './authenticate.ts';
import { DatabaseClock } from './clock.ts';
import { ApiKeys } from './keys/api-keys.ts';
import { KeyRows } from './keys/key-rows.ts';
import { LiveRights } from './rights.ts';
import { fetchJwks } from './tokens/fetch-jwks.ts';
import { KeySet } from './tokens/key-set.ts';
import { Tokens } from './tokens/tokens.ts';
import { SignedUrls } from './urls/signed-urls.ts';
import { readSigningKeys } from './urls/signing-secrets.ts';

export interface AuthOptions {
  readonly config: AuthConfig & Pick<LimitsConfig, 'maxApiKeysPerTenant'>;
  readonly pool: Pool;
  readonly log: Logger;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
  /** Called when a tenant may not have another key. */
  readonly onKeysExceeded?: () => void;
}

export interface Auth {
  readonly authenticate: Authenticate;
  readonly keys: ApiKeys;
  readonly rights: LiveRights;
  /** Null where nobody signs in: URLs then need no right. */
  readonly urls: SignedUrls | null;
  stop(): Promise<void>;
}

const SYNC_MS = 10_000;
/** A secret that was removed at once (rotate-url-secret --now) is used for so much longer, at most. */
const REFRESH_MS = 4_000;

export async function startAuth({ config, pool, log, now, newId, onKeysExceeded }: AuthOptions): Promise<Auth> {
  const clock = new DatabaseClock(pool, now);
  const rows = new KeyRows(pool);
  const keys = new ApiKeys({
    rows,
    clock,
    now,
    newId,
    log,
    maxPerTenant: config.maxApiKeysPerTenant,
    onExceeded: onKeysExceeded,
  });
  await clock.sync();
  const tasks = [new PeriodicTask({ name: 'clock', everyMs: SYNC_MS, log }, () => clock.sync())];
  const rights = new LiveRights({ clock, findEndedKeys: (ids) => rows.findEnded(ids), log });
  const stop = async (): Promise<void> => void (await Promise.all([rights, ...tasks].map((each) => each.stop())));
  if (config.jwt === null) return { keys, rights, urls: null, authenticate: authenticateAsLocal, stop };
  const ttlSeconds = Math.ceil(config.urlTtlMs / 1_000);
  const urls = new SignedUrls({ clock, ttlSeconds, readKeys: () => readSigningKeys(pool) });
  await urls.refresh();
  tasks.push(new PeriodicTask({ name: 'URL secrets', everyMs: REFRESH_MS, log }, () => urls.refresh()));
  const tokens = new Tokens({ settings: config.jwt, keySet: createKeySet(config.jwt, log, now), clock });
  return { keys, rights, urls, authenticate: createAuthenticate(tokens, keys), stop };
}

/** For a command, which only makes keys. */
export function startKeys(pool: Pool, log: Logger): ApiKeys {
  const now = (): number => performance.now();
  const clock = new DatabaseClock(pool, now);
  return new ApiKeys({ rows: new KeyRows(pool), clock, now, newId: createNewId(), log });
}

function createKeySet({ jwksUrl, jwksAllow }: JwtConfig, log: Logger, now: () => number): KeySet | null {
  if (jwksUrl === null) return null;
  const rules = { url: new URL(jwksUrl), allow: jwksAllow, setting: 'WAYBILL_JWKS_ALLOW', from: 'operator' } as const;
  return new KeySet({ fetch: () => fetchJwks(rules), log, now });
}
