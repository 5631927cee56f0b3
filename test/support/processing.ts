// Files in PROCESSING, and those who claim them, for tests without a program around.
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createLogger } from '../../src/log.ts';
import { Claims } from '../../src/processing/claims.ts';
import type { ClaimsOptions } from '../../src/processing/queue/claim-group.ts';
import type { ClaimRequest } from '../../src/processing/queue/waiter.ts';
import { type Bench, bring, startLifecycle } from './lifecycle.ts';
import { openPool } from './pool.ts';

export interface ClaimsBench extends Bench {
  readonly claims: Claims;
  readonly pool: Pool;
}

const now = (): number => performance.now();

/** A lifecycle whose commits wake the claims, as in the program. */
export async function startClaims(
  options: Parameters<typeof startLifecycle>[0] & Partial<Pick<ClaimsOptions, 'pollMs' | 'onClaimed'>> = {},
): Promise<ClaimsBench> {
  let wake: Claims['wake'] = () => undefined;
  const bench = await startLifecycle({ onQueued: (places) => wake(places), ...options });
  const pool = openPool(bench.database.url, 3);
  const { lifecycle } = bench;
  const claims = new Claims({ lifecycle, pool, log: createLogger('silent'), newId: uuidv7, now, ...options });
  wake = (places) => claims.wake(places);
  return {
    ...bench,
    claims,
    pool,
    stop: async () => {
      await claims.stop();
      await pool.end();
      await bench.stop();
    },
  };
}

/** An EXTERNAL file, in PROCESSING and in the queue `external`. Returns its UUID. */
export const queued = ({ lifecycle }: Pick<Bench, 'lifecycle'>, more = {}): Promise<string> =>
  bring(lifecycle, ['START_UPLOAD', 'COMPLETE_UPLOAD'], more);

/** Asks for one file of the tenant of most tests, and does not wait. */
export const asking = (more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  queue: 'external',
  tenants: ['local'],
  worker: 'w1',
  actor: 'test',
  limit: 1,
  leaseMs: 60_000,
  contentTypes: null,
  waitMs: 0,
  ...more,
});

/** A signal that is never aborted. */
export const patient = (): AbortSignal => new AbortController().signal;
