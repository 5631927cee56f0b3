// Keeps tenants within their quotas, exactly, over any number of replicas: a batch that may let a tenant grow holds a lock of
// the tenant from before it reads what the tenant has until it has committed. Where there is no quota, nothing is locked or
// read. Batches that only give back need no lock.
//
// The lock is taken after the rows of files and before everything else. A batch that may not wait for rows does not wait
// for it either, and one that may wait is of a single tenant: so nobody who has one waits for another, and keys of
// registrations, which belong to a tenant, are only waited for by who has its lock (docs/adr/0024).
import { TENANT_LOCKS } from '../../db/advisory-locks.ts';
import type { Statement } from '../../db/connection.ts';
import type { Transaction } from '../../db/transact.ts';
import { LIFECYCLE_EDGES } from '../../fsm/edges.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { Command, Refused } from '../commands.ts';
import { NOTHING, type Quotas, type Usage, readUsage } from '../usage.ts';
import type { LockWait } from './locks.ts';

/** In one order everywhere. Tenants whose names have the same hash share a lock. */
const keysOf = `select hashtext(tenant) as key, array_agg(tenant) as tenants from unnest($1::text[]) as asked (tenant)
  group by 1 order by 1`;

const LOCKS: Readonly<Record<LockWait, Statement>> = {
  wait: {
    name: 'waybill_lock_tenants_wait',
    text: `select tenants, pg_advisory_xact_lock(${TENANT_LOCKS.quota}, key) is not null as locked from (${keysOf}) as keys`,
  },
  skip: {
    name: 'waybill_lock_tenants_skip',
    text: `select tenants, pg_try_advisory_xact_lock(${TENANT_LOCKS.quota}, key) as locked from (${keysOf}) as keys`,
  },
};

/** Events after which the bytes of a file are to come again: one more open upload, and its bytes are reserved again. */
const REOPENING: ReadonlySet<string> = new Set(
  LIFECYCLE_EDGES.filter(({ to }) => hasTag(to, 'awaitingBytes')).map(({ event }) => event),
);

const mayGrow = (command: Command): boolean =>
  command.kind === 'register' || (command.kind === 'transition' && REOPENING.has(command.event));

export interface LockedTenants {
  readonly check: QuotaCheck;
  /** Ids of files whose commands have to wait for the lock of their tenant. */
  readonly contended: ReadonlySet<string>;
}

const refuse = (message: string): Refused => ({ outcome: 'refused', code: 'QUOTA_EXCEEDED', message, field: null });

/** What a tenant gets more of. */
export type Growth = Usage;

export class QuotaCheck {
  readonly #quotas: Quotas | null;
  readonly #used: Map<string, Usage>;

  private constructor(quotas: Quotas | null, used: Map<string, Usage>) {
    this.#quotas = quotas;
    this.#used = used;
  }

  /** @param quotas null: there is no limit */
  static async open(
    transaction: Transaction,
    quotas: Quotas | null,
    commands: readonly Command[],
    wait: LockWait,
  ): Promise<LockedTenants> {
    const growing = quotas === null ? [] : commands.filter(mayGrow);
    if (growing.length === 0) return { check: new QuotaCheck(null, new Map()), contended: new Set() };
    const tenants = [...new Set(growing.map(({ tenant }) => tenant))];
    const query = transaction.query.bind(transaction);
    // Two statements, sent together: what is read must be younger than the lock.
    const [locks, used] = await Promise.all([
      transaction.query<{ tenants: string[]; locked: boolean }>(LOCKS[wait], [tenants]),
      readUsage(query, tenants),
    ]);
    const locked = new Set(locks.filter((lock) => lock.locked).flatMap((lock) => lock.tenants));
    const contended = growing.filter(({ tenant }) => !locked.has(tenant)).map(({ fileId }) => fileId);
    return { check: new QuotaCheck(quotas, used), contended: new Set(contended) };
  }

  /** Takes what the tenant wants to have more of, unless that exceeds a quota. What does not grow is not looked at. */
  take(tenant: string, growth: Growth): Refused | null {
    if (this.#quotas === null) return null;
    const used = this.#used.get(tenant) ?? NOTHING;
    const refusal = findExceeded(this.#quotas, used, growth);
    if (refusal === null) this.#used.set(tenant, sum(used, growth));
    return refusal;
  }
}

const sum = (a: Usage, b: Usage): Usage => ({
  files: a.files + b.files,
  bytes: a.bytes + b.bytes,
  openUploads: a.openUploads + b.openUploads,
});

function findExceeded(quotas: Quotas, used: Usage, growth: Growth): Refused | null {
  const isOver = (what: keyof Quotas): boolean => {
    const quota = quotas[what];
    return quota !== null && growth[what] > 0 && used[what] + growth[what] > quota;
  };
  if (isOver('files'))
    return refuse(`The tenant has ${used.files} files and may have ${quotas.files}: delete some first.`);
  if (isOver('bytes')) {
    const { bytes } = growth;
    return refuse(
      `The tenant may store ${quotas.bytes} bytes and has taken ${used.bytes}; ${bytes} more are too many: delete files first.`,
    );
  }
  if (!isOver('openUploads')) return null;
  return refuse(
    `The tenant has ${used.openUploads} unfinished uploads and may have ${quotas.openUploads}: finish or delete some first.`,
  );
}
