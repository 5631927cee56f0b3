// A worker: pg-boss without anything around it. As a sender it sends jobs one by one; as a worker it fetches and completes
// them in batches, without a pause while there are any. Its own maintenance is off.
import { setTimeout as delay } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { answerCalls } from '../workers/answer-calls.ts';

/** As many as a worker of Waybill has at once. */
const BATCH = 256;
const CONNECTIONS = 8;
/** pg-boss has no signal for another process: it polls. */
const POLL_MS = 5;

let boss: PgBoss;
let isWanted = false;

async function start(url: string): Promise<void> {
  boss = new PgBoss({ connectionString: url, max: CONNECTIONS, supervise: false, schedule: false });
  boss.on('error', () => undefined);
  await boss.start();
}

const createQueue = (queue: string): Promise<void> => boss.createQueue(queue);

/** So many are under way at a time. */
async function sendAll({ queue, jobs, atOnce }: { queue: string; jobs: number; atOnce: number }): Promise<void> {
  let sent = 0;
  const some = async (): Promise<void> => {
    while (sent < jobs) await boss.send(queue, { fileId: `file ${(sent += 1)}` });
  };
  await Promise.all(Array.from({ length: atOnce }, some));
}

/** Until `leave`. */
async function work(queue: string): Promise<void> {
  isWanted = true;
  for (;;) {
    if (!isWanted) return;
    const jobs = await boss.fetch(queue, { batchSize: BATCH });
    if (jobs.length === 0) await delay(POLL_MS);
    else
      await boss.complete(
        queue,
        jobs.map(({ id }) => id),
      );
  }
}

function leave(): void {
  isWanted = false;
}

const calls = { start, createQueue, sendAll, work, leave };
export type BossCalls = typeof calls;

answerCalls(calls);
