// Resolves an in-doubt commit: COMMIT was sent and not answered, and no command is answered before the database has said
// whether it happened.
import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM } from '../../db/orm.ts';
import type { CommitOutcomeUnknown } from '../../db/transact.ts';
import { FileChange } from '../../entities/file-change.ts';
import { BatchFailed } from './batch-failed.ts';
import type { NewChange } from './writes.ts';

const PATIENCE_MS = 15_000;
const PAUSE_MS = 100;

/**
 * Waits until the transaction is over, then looks for the first change it planned. The row in the log is the proof:
 * a transaction id alone could have been given out again after a crash of the server.
 * @returns whether the batch was committed; a batch that planned no change may be run again in any case
 * @throws BatchFailed, with CommitOutcomeUnknown as its cause, when the database gives no answer for 15 s and the time limit of one query
 */
export async function resolveInDoubtCommit(
  orm: MikroORM,
  unknown: CommitOutcomeUnknown,
  planned: readonly NewChange[],
): Promise<boolean> {
  const [first] = planned;
  if (first === undefined) return false;
  const startedAt = performance.now();
  do {
    try {
      if (!(await isInProgress(orm, unknown.xid))) return await isLogged(orm, first);
    } catch {
      // Whatever it is, it says nothing about the commit: a pooler that lost its server, a name that does not resolve, a
      // standby, a server without a free connection. Ask again.
    }
    await sleep(PAUSE_MS);
  } while (performance.now() - startedAt < PATIENCE_MS);
  throw new BatchFailed(unknown);
}

/** https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT */
async function isInProgress(orm: MikroORM, xid: string): Promise<boolean> {
  // An id above the server's own next one is from before a crash, and an error for pg_xact_status. The snapshot's xmax
  // is no measure of that: it stands behind the last *completed* id, so the youngest running transaction is beyond it.
  const status = `select case when ?::xid8 < pg_current_xact_id() then pg_xact_status(?::xid8) end as status`;
  const [row] = await orm.em.fork().execute<[{ status: string | null }]>(status, [xid, xid]);
  return row.status === 'in progress';
}

async function isLogged(orm: MikroORM, { fileId, version, attemptId }: NewChange): Promise<boolean> {
  return (await orm.em.fork().count(FileChange, { fileId, version, attemptId })) > 0;
}
