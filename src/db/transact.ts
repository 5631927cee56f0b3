// The one wrapper around a write transaction: timeouts set, one clock (the database's), the work and its commit told apart.
// Isolation is READ COMMITTED, PostgreSQL's default: order comes from row locks.
import { DomainError } from '../errors.ts';
import type { EntityManager, MikroORM } from './orm.ts';
import { isConnectionLost } from './pg-errors.ts';
import { type PreparedCall, prepare, runTogether } from './prepared.ts';

export interface TransactionLimits {
  /** How long to wait for a row lock, milliseconds. */
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** After so long without a statement the server ends the session: a stalled process must not keep row locks. */
  readonly idleTimeoutMs: number;
}

export interface Transaction<Row> {
  readonly em: EntityManager;
  /** What the first statement found. */
  readonly rows: readonly Row[];
  /** The database's time at BEGIN. */
  readonly now: Date;
}

/** COMMIT was sent and the connection was lost: only the database knows whether it happened. */
export class CommitOutcomeUnknown extends DomainError<'COMMIT_OUTCOME_UNKNOWN'> {
  /** The transaction's id (xid8, decimal), for pg_xact_status. */
  readonly xid: string;

  constructor(xid: string, cause: unknown) {
    super('COMMIT_OUTCOME_UNKNOWN', 'the connection was lost while committing', { cause });
    this.xid = xid;
  }
}

// Plans of prepared statements outlive the statistics they were made from: on a database that is still empty a scan of
// the whole table is the best plan, and would stay in use long after that.
const OPEN = prepare(
  'open',
  `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
    set_config('idle_in_transaction_session_timeout', $3, true), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    now() as now, pg_current_xact_id()::text as xid`,
);

interface Opened {
  readonly now: string;
  readonly xid: string;
}

/** Runs `first`, which goes to the server together with BEGIN, and `work` in one transaction and commits it; whatever throws rolls everything back. */
export async function transact<Row, Result>(
  orm: MikroORM,
  limits: TransactionLimits,
  first: PreparedCall,
  work: (transaction: Transaction<Row>) => Promise<Result>,
): Promise<Result> {
  const em = orm.em.fork();
  let committing: string | undefined;
  await em.begin();
  try {
    const { lockTimeoutMs, statementTimeoutMs, idleTimeoutMs } = limits;
    const timeouts = [lockTimeoutMs, statementTimeoutMs, idleTimeoutMs].map(String);
    const together = [{ statement: OPEN, parameters: timeouts }, first] as const;
    const [[opened], rows] = await runTogether<[Opened, Row]>(em, together);
    if (opened === undefined) throw new TypeError('the transaction was not opened');
    const result = await work({ em, rows, now: new Date(opened.now) });
    committing = opened.xid;
    await em.commit();
    return result;
  } catch (error) {
    // The rollback of a dead connection fails too; the first error is the one that tells why.
    await em.rollback().catch(() => undefined);
    if (committing !== undefined && isConnectionLost(error)) throw new CommitOutcomeUnknown(committing, error);
    throw error;
  }
}
