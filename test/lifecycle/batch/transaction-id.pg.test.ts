// A transaction has its id before it takes one of the log: what the sequencer goes by (src/feed/log/sequencer.ts).
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, bring, registration, removal, sending, startLifecycle } from '../../support/lifecycle.ts';

// Refuses to number a row for a transaction that has no id yet.
const STRICT = `
  create function strict_id() returns bigint language plpgsql as $$ begin
    if pg_current_xact_id_if_assigned() is null then raise exception 'an id of the log was taken too early'; end if;
    return nextval('file_change_id_seq');
  end $$;
  alter table file_change alter column id set default strict_id()`;

let bench: Bench;
beforeAll(async () => {
  bench = await startLifecycle();
  await bench.database.query(STRICT);
});
afterAll(() => bench.stop());

it.each(['without a key', 'with a key'])('a registration %s', async (key) => {
  const command = registration({ idempotencyKey: key === 'with a key' ? 'a key' : null });
  expect(await bench.lifecycle.executeOne(command)).toMatchObject({ outcome: 'registered' });
});

it('registrations in bulk', async () => {
  const answers = await bench.lifecycle.execute(Array.from({ length: 20 }, () => registration()));
  expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['registered']));
});

it('a transition, and a deletion', async () => {
  const id = await bring(bench.lifecycle);
  expect(await bench.lifecycle.executeOne(sending(id, 'START_UPLOAD'))).toMatchObject({ outcome: 'transitioned' });
  expect(await bench.lifecycle.executeOne(removal(id))).toMatchObject({ outcome: 'removed' });
});

it('and one that has none is refused here', async () => {
  const row = `insert into file_change (tenant, file_id, version, kind, attempt_id, actor, file, occurred_at)
    values ('local', gen_random_uuid(), 0, 'REGISTERED', gen_random_uuid(), 'a', '{}', now())`;
  await expect(bench.database.query(row)).rejects.toThrow('too early');
});
