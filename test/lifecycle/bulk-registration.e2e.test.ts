// registerFiles: a thousand files in one request, each answered on its own, in the order given.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FILE_FIELDS, type Result, readFile, request, send } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { countFiles } from '../support/operations.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

const REGISTER = `mutation R($input: [RegisterFileInput!]!) { registerFiles(input: $input) {
  __typename
  ... on RegisterFileSuccess { replayed file { ...F } }
  ... on RequestError { code message field }
} } ${FILE_FIELDS}`;

async function registerAll(input: readonly Record<string, unknown>[]): Promise<Result[]> {
  return (await request<{ registerFiles: Result[] }>(waybill.url, REGISTER, { input })).registerFiles;
}

const external = (more: Record<string, unknown> = {}) => ({ name: 'a file', transfer: 'EXTERNAL', ...more });

it('answers a thousand items in order, with the refused ones where they stand', async () => {
  const before = await countFiles(waybill.url);
  const items = Array.from({ length: 1_000 }, (_, at) =>
    at % 10 === 3 ? external({ name: '' }) : external({ size: at }),
  );
  const answers = await registerAll(items);
  expect(answers).toHaveLength(1_000);
  for (const [at, answer] of answers.entries()) {
    if (at % 10 === 3) expect(answer, `item ${at}`).toMatchObject({ code: 'INVALID_INPUT', field: 'name' });
    else
      expect(answer, `item ${at}`).toMatchObject({
        replayed: false,
        file: { state: 'UNTRACKED', version: 0, size: at },
      });
  }
  const ids = answers.flatMap(({ file }) => file?.id ?? []);
  expect(new Set(ids).size).toBe(900);
  expect(await readFile(waybill.url, ids[500] ?? '')).toMatchObject({ id: ids[500], version: 0 });
  expect((await countFiles(waybill.url))['UNTRACKED']).toBe((before['UNTRACKED'] ?? 0) + 900);
});

it('makes one file of a key that comes twice, in one request and in the next', async () => {
  const twice = external({ idempotencyKey: 'twice' });
  const [first, again, other] = await registerAll([twice, twice, external({ idempotencyKey: 'twice', name: 'b' })]);
  expect([first?.replayed, again?.replayed]).toEqual([false, true]);
  expect(again?.file).toEqual(first?.file);
  expect(other).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH', field: 'idempotencyKey' });
  const [later] = await registerAll([twice]);
  expect(later).toMatchObject({ replayed: true, file: { id: first?.file?.id } });
});

it('takes a MANAGED file without bytes on to where it needs none', async () => {
  const [empty, waiting] = await registerAll([
    { name: 'empty', size: 0 },
    { name: 'waiting', size: 1 },
  ]);
  expect(empty).toMatchObject({ file: { state: 'PROCESSING', version: 2 } });
  expect(await readFile(waybill.url, empty?.file?.id ?? '')).toMatchObject({ version: 2, state: 'PROCESSING' });
  expect(await readFile(waybill.url, waiting?.file?.id ?? '')).toMatchObject({ version: 0, state: 'UNTRACKED' });
});

it('takes no items, and refuses more than a thousand before anything is done', async () => {
  expect(await registerAll([])).toEqual([]);
  const before = await countFiles(waybill.url);
  const input = Array.from({ length: 1_001 }, () => external());
  const { status, errors } = await send(waybill.url, REGISTER, { input });
  expect(status).toBeLessThan(500);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field: 'input' });
  expect(await countFiles(waybill.url)).toEqual(before);
});
