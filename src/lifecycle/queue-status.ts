// What a tenant has in PROCESSING: how much waits, for how long, and how many workers are at it.
import type { UnnamedStatement } from '../db/connection.ts';
import { QUEUES, type Queue } from '../entities/processing.ts';

export interface QueueStatus {
  readonly queue: Queue;
  /** Files that a worker could take now: MOST_COUNTED at most. */
  readonly waiting: number;
  /** How long the first of them has been waiting, in seconds; null: none waits. */
  readonly oldestSeconds: number | null;
  /** Files that a worker has: MOST_COUNTED at most. */
  readonly taken: number;
  /** The workers that have them. */
  readonly workers: number;
}

/** What is counted of a queue, so that a long one is not read to its end every few seconds. */
const MOST_COUNTED = 10_000;

// Part of the index file_queue, in its order: as the lookups of src/processing/queue/scan.ts.
const entries = (columns: string, condition: string): string =>
  `select ${columns} from file where file.queue = asked.queue and file.tenant = $1 and ${condition}
    order by file.queue, file.tenant, file.claimable_at, file.id limit ${MOST_COUNTED}`;

const READ: UnnamedStatement = {
  text: `select asked.queue, due.files as waiting, due.seconds, held.files as taken, held.workers
  from unnest($2::text[]) as asked (queue)
  cross join lateral (
    select count(*) as files, extract(epoch from now() - min(claimable_at)) as seconds
    from (${entries('file.claimable_at', 'file.claimable_at <= now()')}) as first
  ) as due
  cross join lateral (
    select count(worker) as files, count(distinct worker) as workers
    from (${entries(`file.processing ->> 'worker' as worker`, 'file.claimable_at > now()')}) as first
  ) as held`,
};

interface Row {
  readonly queue: Queue;
  readonly waiting: string;
  readonly seconds: string | null;
  readonly taken: string;
  readonly workers: string;
}

type Ask = <Found>(statement: UnnamedStatement, values: readonly unknown[]) => Promise<Found[]>;

/** Each queue, in the order of QUEUES. */
export async function readQueues(ask: Ask, tenant: string): Promise<QueueStatus[]> {
  const rows = await ask<Row>(READ, [tenant, QUEUES]);
  return QUEUES.map((queue) => {
    const { waiting, seconds, taken, workers } = rows.find((row) => row.queue === queue)!;
    return {
      queue,
      waiting: Number(waiting),
      oldestSeconds: seconds === null ? null : Number(seconds),
      taken: Number(taken),
      workers: Number(workers),
    };
  });
}
