// Metadata never changes, and may be large: the log has it once, and every change of the feed all the same.
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LifecycleEvent } from '../../../src/fsm/machine.ts';
import type { Registered, Transitioned } from '../../../src/lifecycle/commands.ts';
import { membersOf } from '../../../src/entities/json-text.ts';
import { readAll } from '../../support/feed.ts';
import { type Bench, registration, removal, sending, startLifecycle } from '../../support/lifecycle.ts';
import { openPool } from '../../support/pool.ts';
import { sequenceBatch } from '../../../src/feed/log/sequencer.ts';

const WAY: readonly LifecycleEvent[] = ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING', 'RESET'];
const LARGE = { notes: 'Für Elise, €, 日本. '.repeat(400), list: [1, null, { a: 'b' }] };

let bench: Bench;
let pool: pg.Pool;
beforeEach(async () => {
  bench = await startLifecycle();
  pool = openPool(bench.database.url, 2);
});
afterEach(async () => {
  await pool.end();
  await bench.stop();
});

const logged = (fileId: string): Promise<{ version: number; has: boolean; bytes: number }[]> =>
  bench.database.query(
    `select version, file ? 'metadata' as has, pg_column_size(file) as bytes from file_change where file_id = $1 order by id`,
    [fileId],
  );

async function live(metadata: Record<string, unknown>): Promise<string> {
  const command = registration({ metadata });
  await bench.lifecycle.executeOne(command);
  for (const event of WAY) await bench.lifecycle.executeOne(sending(command.fileId, event));
  await bench.lifecycle.executeOne(removal(command.fileId));
  return command.fileId;
}

it.each([
  ['some', LARGE],
  ['none', {}],
])('a file with %s has it in every change, its deletion included', async (_what, metadata) => {
  await live(metadata);
  await sequenceBatch(pool);
  const changes = await readAll(pool);
  expect(changes.map(({ kind }) => kind)).toEqual(['REGISTERED', ...WAY.map(() => 'TRANSITIONED'), 'DELETED']);
  for (const { file } of changes) expect(membersOf(file.metadata)).toEqual(metadata);
});

it('a row of the log is as small with much of it as with none, but for the registration', async () => {
  const [large, none] = [await logged(await live(LARGE)), await logged(await live({}))];
  expect(large.map(({ has }) => has)).toEqual([true, ...WAY.map(() => false), false]);
  expect(none.every(({ has }) => has)).toBe(true);
  for (const [at, { bytes }] of large.entries()) if (at > 0) expect(bytes).toBeLessThanOrEqual(none[at]!.bytes);
});

it('a retry with an idempotency key is answered with it', async () => {
  const command = registration({ metadata: LARGE, idempotencyKey: 'register' });
  await bench.lifecycle.executeOne(command);
  const again = (await bench.lifecycle.executeOne(command)) as Registered;
  expect(again.file.metadata).toEqual(LARGE);
  const start = sending(command.fileId, 'START_UPLOAD', { idempotencyKey: 'start' });
  const first = (await bench.lifecycle.executeOne(start)) as Transitioned;
  await bench.lifecycle.executeOne(sending(command.fileId, 'COMPLETE_UPLOAD'));
  const repeated = (await bench.lifecycle.executeOne(start)) as Transitioned;
  expect(membersOf(repeated.file.metadata)).toEqual(LARGE);
  expect(repeated.file).toMatchObject({ version: first.file.version, state: 'UPLOADING' });
});

it('rows from before, which have it themselves, are read as they are', async () => {
  const fileId = await live(LARGE);
  await bench.database.query('alter table file_change disable trigger file_change_append_only');
  await bench.database.query(
    `update file_change set file = file || '{"metadata": {"own": 1}}' where file_id = $1 and version = 2`,
    [fileId],
  );
  await sequenceBatch(pool);
  const changes = await readAll(pool);
  expect(changes.map(({ file }) => Object.keys(membersOf(file.metadata)))).toEqual(
    changes.map(({ version }) => (version === 2 ? ['own'] : ['list', 'notes'])),
  );
});
