// A batch that waits for rows that somebody else has locked is old, and no sign of a database that hangs.
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReceiveCommand } from '../../src/lifecycle/commands.ts';
import { type Bench, PATIENT, bring, sending, startLifecycle, untilTrue } from '../support/lifecycle.ts';
import { until } from '../support/until.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startLifecycle({ limits: PATIENT });
});
afterEach(() => bench.stop());

async function holding(statement: string, id: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: bench.database.url });
  await client.connect();
  await client.query('begin');
  await client.query(statement, [id]);
  return client;
}

const WAITING = `exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`;

it('each answer of the database counts, however long the batch takes', async () => {
  const { lifecycle, database } = bench;
  const id = await bring(lifecycle);
  await database.query('insert into upload (file_id, epoch) values ($1, 1)', [id]);
  const ofFile = await holding('select from file where id = $1 for update', id);
  const ofUpload = await holding('select from upload where file_id = $1 for update', id);
  const { tenant, actor, attemptId } = sending(id, 'START_UPLOAD');
  const nothing = { epoch: 7, offset: 0, segments: [], sha256: null, lost: false };
  const command: ReceiveCommand = { kind: 'receive', tenant, actor, attemptId, fileId: id, ...nothing };
  const answer = lifecycle.executeOne(command);
  await untilTrue(database, WAITING);
  await until(
    () => lifecycle.unansweredMs,
    (waited) => waited > 1_000,
  );
  await ofFile.query('commit');
  await until(
    () => lifecycle.unansweredMs,
    (waited) => waited < lifecycle.oldestBatchMs - 900,
  );
  await ofUpload.query('commit');
  expect(await answer).toMatchObject({ outcome: 'lease_lost' });
  expect(lifecycle.unansweredMs).toBe(0);
  await Promise.all([ofFile.end(), ofUpload.end()]);
});
