// A page of the change log is damaged on the disk. Whoever may have asked for its changes is told where it can go on; the changes
// before and behind it, and new ones, are delivered.
import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collect, extensionsOf, readCursor } from '../support/changes.ts';
import { newFile } from '../support/client.ts';
import { startInstance } from '../support/instance.ts';
import { hasDebianPostgres, startPostgresServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { DATABASE, query } from './replicas-through-proxy.ts';

const PAGE = 8_192;
const FILES = 60;

async function overwritePage(path: string, page: number): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(Buffer.alloc(PAGE, 'damaged!'), 0, PAGE, page * PAGE);
}

it.skipIf(!hasDebianPostgres)(
  'its changes are told, each once, and all others delivered',
  async () => {
    await using stack = new AsyncDisposableStack();
    const server = await startPostgresServer();
    stack.defer(() => server.remove());
    await query(server.url(), `create database ${DATABASE}`);
    const url = server.url(DATABASE);
    const dataDir = join(tmpdir(), `waybill-damage-${randomUUID()}`);
    stack.defer(() => rm(dataDir, { recursive: true, force: true }));
    const database = {
      url,
      dataDir,
      query: () => Promise.reject(new Error('not used')),
      drop: () => Promise.resolve(),
    };
    const first = await startInstance({ database });
    const beginning = await readCursor(first.url);
    const ids: string[] = [];
    for (let at = 0; at < FILES; at += 1) ids.push(await newFile(first.url));
    const seen = collect(first.url, beginning);
    await until(
      () => seen.seen.length,
      (length) => length === FILES,
    );
    await seen.stop();
    await first.stop(); // it has the changes in memory
    const [table] = await query<{ path: string }>(url, `select pg_relation_filepath('file_change') as path`);
    const damaged = await query<{ file: string }>(
      url,
      `select file_id as file from file_change where (ctid::text::point)[0] = 1 order by id`,
    );
    expect(damaged.length).toBeGreaterThan(3);
    await server.stop();
    await overwritePage(join(server.dataDir, table!.path), 1);
    await server.restart();
    const waybill = await startInstance({ database });
    stack.defer(() => waybill.stop());
    ids.push(await newFile(waybill.url));

    const heard: string[] = [];
    let told = 0;
    for (let after = beginning; heard.length + told < ids.length;) {
      const collector = collect(waybill.url, after);
      await until(
        () => collector.failure !== undefined || heard.length + told + collector.seen.length === ids.length,
        (isOver) => isOver,
      );
      heard.push(...collector.seen.map(({ fileId }) => fileId));
      if (collector.failure !== undefined) {
        const end = extensionsOf(collector.failure);
        expect(end).toMatchObject({ code: 'CURSOR_EXPIRED' });
        told += 1;
        after = end!['oldestCursor'] as string;
      }
      await collector.stop();
    }
    const lost = new Set(damaged.map(({ file }) => `file_${file}`));
    expect(told).toBe(lost.size);
    expect(heard).toEqual(ids.filter((id) => !lost.has(id)));
  },
  300_000,
);
