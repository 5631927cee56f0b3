// Finds files whose state is overdue and sends an `expire` command for each (expire.ts). The database's clock says what is
// due, so neither a restart nor a replica's wrong clock moves a deadline.
import { sql } from 'kysely';
import type { MikroORM } from '../../db/orm.ts';
import { asService } from '../../db/scope.ts';
import { PeriodicTask } from '../../jobs/periodic-task.ts';
import type { Logger } from '../../log.ts';
import type { ExpireCommand } from '../commands.ts';
import type { Lifecycle } from '../lifecycle.ts';

export interface DeadlineWatchOptions {
  readonly orm: MikroORM;
  readonly lifecycle: Pick<Lifecycle, 'execute'>;
  readonly log: Logger;
  readonly newId: () => string;
}

const EVERY_MS = 500;
const BATCH = 500;

export function watchDeadlines({ orm, lifecycle, log, newId }: DeadlineWatchOptions): PeriodicTask {
  return new PeriodicTask({ name: 'deadlines', everyMs: EVERY_MS, log }, async (signal) => {
    let found: number;
    do {
      const due = await findDue(orm);
      found = due.length;
      const commands = due.map((file): ExpireCommand => ({
        kind: 'expire',
        ...file,
        actor: 'system:deadlines',
        attemptId: newId(),
      }));
      const answers = await lifecycle.execute<'expire'>(commands);
      // The next round finds those whose rows are locked again.
      if (answers.some(({ outcome }) => outcome === 'refused' || outcome === 'failed')) return;
    } while (found === BATCH && !signal.aborted);
  });
}

async function findDue(orm: MikroORM): Promise<{ readonly fileId: string; readonly tenant: string }[]> {
  const due = sql<{ fileId: string; tenant: string }>`
    select id as "fileId", tenant from file where due_at <= now() order by due_at limit ${BATCH}`;
  const { rows } = await asService(() => due.execute(orm.em.fork().getKysely()));
  return rows;
}
