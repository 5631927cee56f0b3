// Removes texts that were staged and never used: their worker died, lost its lease, or came too late. The table is read by its
// key in small steps, because an index of what is staged would cost every file a change of all indexes when its text
// becomes live (src/entities/file-text.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { MikroORM } from '../db/orm.ts';
import { PLANNER_SETTINGS, each } from '../db/planner.ts';
import { asService } from '../db/scope.ts';
import { statesWith } from '../fsm/tags.ts';
import { PeriodicTask } from '../jobs/periodic-task.ts';
import type { Logger } from '../log.ts';

const EVERY_MS = 3_600_000;
const STEP = 1_000;
const PAUSE_MS = 50;
/** Longer than any lease is held. */
const OLD = '1 day';
/** A worker may be between staging and completing while its file, as this statement sees it, has moved on already. */
const SETTLED = '5 minutes';

export function sweepTexts(orm: MikroORM, log: Logger): PeriodicTask {
  return new PeriodicTask({ name: 'unused texts', everyMs: EVERY_MS, log }, (signal) => removeUnused(orm, signal));
}

/** Looks at every text once. */
export async function removeUnused(orm: MikroORM, signal?: AbortSignal): Promise<void> {
  let after: Place | null = FIRST;
  while (after !== null) {
    if (signal?.aborted === true) return;
    const from: Place = after;
    after = await asService(() => removeStep(orm, from));
    if (after !== null) await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

interface Place {
  readonly fileId: string;
  readonly token: string;
}

const ZERO = '00000000-0000-0000-0000-000000000000';
const FIRST: Place = { fileId: ZERO, token: ZERO };

/** @returns the last text that was looked at, null at the end of the table */
async function removeStep(orm: MikroORM, after: Place): Promise<Place | null> {
  return await orm.em.fork().transactional(async (em) => {
    const db = em.getKysely();
    await sql`select ${sql.raw(PLANNER_SETTINGS)}`.execute(db);
    const { rows } = await sql<Place & { seen: number }>`
      with step as (
        select file_id, token, indexed, created_at from file_text
        where (file_id, token) > (${after.fileId}::uuid, ${after.token}::uuid) order by file_id, token limit ${STEP}
      ), unused as (
        select s.file_id, s.token from step s join file f on f.id = ${sql.raw(each('s.file_id'))}
        where not s.indexed and (s.created_at < now() - ${OLD}::interval
          or s.created_at < now() - ${SETTLED}::interval and not f.state = any(${[...statesWith('processing')]}::text[]))
      ), gone as (
        delete from file_text t using unused u
        where t.file_id = ${sql.raw(each('u.file_id'))} and t.token is not distinct from u.token and not t.indexed
      )
      select file_id as "fileId", token, (select count(*)::int from step) as seen
      from step order by file_id desc, token desc limit 1`.execute(db);
    const [last] = rows;
    return last === undefined || last.seen < STEP ? null : last;
  });
}
