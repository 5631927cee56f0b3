// The temporary copy of an input whose size is unknown: whole, bounded by the free space, and removed.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Interrupted } from '../../cli/errors.ts';
import { Spool } from '../../cli/upload/spool.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const { signal } = new AbortController();
const silent = (): void => undefined;

let dir: TemporaryDir;
let spool: Spool;
beforeEach(async () => {
  dir = await createTemporaryDir();
  spool = new Spool();
});
afterEach(async () => {
  await spool.remove();
  await dir.remove();
});

it('copies the whole input, says where to, and removes the copy', async () => {
  const path = await dir.write('input', 'x'.repeat(100_000));
  const notes: string[] = [];
  const copy = await spool.copy({ path, name: 'a name' }, (line) => notes.push(line), signal);
  expect(copy).toMatchObject({ name: 'a name', size: 100_000 });
  expect(await readFile(copy.path, 'utf8')).toBe('x'.repeat(100_000));
  expect(notes).toEqual([expect.stringMatching(/^waybill: copying .*input to a temporary file in .* free\) …$/)]);
  await spool.remove();
  expect(existsSync(dirname(copy.path))).toBe(false);
});

it('does not fill the disk', async () => {
  const path = await dir.write('input', 'x');
  const full = new Spool(Number.POSITIVE_INFINITY);
  const message = expect.stringContaining('larger than the free space') as string;
  await expect(full.copy({ path, name: 'a' }, silent, signal)).rejects.toMatchObject({ code: 'SPOOL_FAILED', message });
  await full.remove();
});

it('explains why the input cannot be read, and stops when interrupted', async () => {
  const missing = { path: `${dir.path}/missing`, name: 'a' };
  await expect(spool.copy(missing, silent, signal)).rejects.toMatchObject({ code: 'SPOOL_FAILED' });
  const stopped = AbortSignal.abort(new Interrupted('SIGINT'));
  await expect(spool.copy(missing, silent, stopped)).rejects.toMatchObject({ exitCode: 130 });
});
