// Giving positions alone: a full batch after the other by the sequencer, against the UPDATE of the log that it replaced, with its
// trigger and its answer of all payloads (docs/adr/0026), on the same rows.
import type { Pool } from 'pg';
import type { Bench, Report } from '../bench.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';
import { PLANNER_SETTINGS } from '../../src/db/planner.ts';
import { openPool } from '../../src/db/pool.ts';
import { SEQUENCE_BATCH, sequenceBatch } from '../../src/feed/log/sequencer.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { uuidSql } from './cycle.ts';
import { snapshotSql } from './files.ts';

const BATCHES = 20;
const QUICK_BATCHES = 3;

const ROWS = `
  insert into file_change (tenant, file_id, version, kind, attempt_id, actor, file, occurred_at)
  select 'local', ${uuidSql('n')}, 0, 'REGISTERED', gen_random_uuid(), 'local',
         ${snapshotSql(`${uuidSql('n')}::text`, `'UNTRACKED'`, '0', '0')}, now()
  from generate_series($1::int, $2::int) as n`;

/** The log as it was before. */
const OLD_LOG = `
  alter table feed_head add position bigint not null default 0;
  alter table file_change add position bigint;
  create unique index on file_change (position) where position is not null;
  create index on file_change (id) where position is null;
  drop trigger file_change_append_only on file_change;
  create function old_append_only() returns trigger language plpgsql as $$ begin
    if old.position is not null or new.position is null or row(new.id, new.tenant, new.file_id, new.version, new.kind, new.event,
      new.from_state, new.to_state, new.attempt_id, new.actor, new.failure, new.file, new.occurred_at) is distinct from
      row(old.id, old.tenant, old.file_id, old.version, old.kind, old.event, old.from_state, old.to_state, old.attempt_id,
      old.actor, old.failure, old.file, old.occurred_at) then
      raise exception 'file_change is append-only';
    end if;
    return new;
  end $$;
  create trigger old_append_only before update on file_change for each row execute function old_append_only()`;

const OLD_SEQUENCE = {
  name: 'old_sequence',
  text: `with batch as (
    select id, row_number() over (order by id) as place
    from file_change where position is null order by id limit ${SEQUENCE_BATCH}
  ), head as (
    update feed_head set position = position + (select count(*) from batch) where id = 1
    returning position - (select count(*) from batch) as base
  ), placed as (
    update file_change set position = head.base + batch.place
    from batch, head where file_change.id = any (array[batch.id])
    returning position, file_id, version, kind, tenant, event, from_state, to_state, attempt_id, actor, failure, occurred_at,
      file - '{metadata,properties}'::text[] as file, (file -> 'metadata')::text as metadata,
      (file -> 'properties')::text as properties
  )
  select * from placed order by position`,
};

async function updateBatch(pool: Pool): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select ${PLANNER_SETTINGS}`);
    const { rows } = await client.query(OLD_SEQUENCE);
    await client.query('commit');
    return rows.length;
  } finally {
    client.release();
  }
}

/** Writes rows, and measures how fast all of them get their positions. */
async function run(
  database: Database,
  batches: number,
  from: number,
  sequence: () => Promise<number>,
): Promise<number> {
  await database.query(ROWS, [from, from + batches * SEQUENCE_BATCH - 1]);
  await database.query('vacuum file_change');
  await database.query('checkpoint');
  const start = performance.now();
  let rows = 0;
  while (rows < batches * SEQUENCE_BATCH) rows += await sequence();
  return (rows * 1_000) / (performance.now() - start);
}

async function measure(testbed: Testbed): Promise<Report> {
  await using subject = await testbed.createDatabase('sequencing');
  await using before = await testbed.createDatabase('sequencing_before');
  await before.query(OLD_LOG);
  await using stack = new AsyncDisposableStack();
  const open = ({ url }: Database): Pool => {
    const pool = openPool({ url, name: 'bench', max: 1 });
    stack.defer(() => pool.end());
    return pool;
  };
  const [narrow, wide] = [open(subject), open(before)];
  const batches = testbed.quick ? QUICK_BATCHES : BATCHES;
  let written = 1;
  const next = (): number => (written += batches * SEQUENCE_BATCH);
  const samples = await takeTurns(testbed, {
    subject: () => run(subject, batches, next(), async () => (await sequenceBatch(narrow)).count),
    baseline: () => run(before, batches, next(), () => updateBatch(wide)),
  });
  return {
    figures: [
      figureOf({
        what: `sequencing alone, batches of ${SEQUENCE_BATCH}`,
        unit: 'rows/s',
        subject: samples.subject,
        baseline: { name: 'UPDATE of the log', samples: samples.baseline },
        target: atLeast(3, 5),
      }),
    ],
    curves: [],
    notes: [
      'The UPDATE answers with the payloads, as it did; the sequencer gives positions only, and a page is read behind it.',
    ],
  };
}

export const sequencing: Bench = { name: 'sequencing', title: 'Giving positions', measure };
