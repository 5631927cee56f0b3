// Anybody may ask for the metrics, and what they read of the database must not be in the way of anybody else.
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { createKeyAs, sign, startSignedIn, statusAs } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

it('many scrapes at once take one connection, and API keys are accepted meanwhile', async () => {
  const instance = await startSignedIn();
  const { url, database } = instance;
  const { secret } = await createKeyAs(url, await sign());
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table file, segment in access exclusive mode');
  const scrapes = Array.from({ length: 50 }, async () => (await fetch(`${url}/metrics`)).text());
  const waiting = async (): Promise<number> => {
    const { rows } = await holder.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'waybill-uploads' and wait_event_type = 'Lock'`,
    );
    return rows[0]!.n;
  };
  await until(waiting, (count) => count > 0);
  expect(await statusAs(url, secret)).toBe(200);
  expect(await waiting()).toBe(1);
  await holder.query('rollback');
  await holder.end();
  const answers = await Promise.all(scrapes);
  expect(answers.filter((text) => !text.includes('waybill_segments_discarded'))).toEqual([]);
  await instance.stop();
});
