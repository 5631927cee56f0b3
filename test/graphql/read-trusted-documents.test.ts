// The file of trusted documents, and what is refused at the start with its name and that of the entry.
import { createHash } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Documents } from '../../src/graphql/documents.ts';
import { readTrustedDocuments } from '../../src/graphql/read-trusted-documents.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const documents = new Documents(buildSchema('type Query { a: Int }'));

let dir: TemporaryDir;
let path: string;
beforeAll(async () => {
  dir = await createTemporaryDir();
  path = join(dir.path, 'documents.json');
});
afterAll(() => dir.remove());

async function read(content: unknown): ReturnType<typeof readTrustedDocuments> {
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return await readTrustedDocuments(path, documents);
}

it('documents are found by their hash, in upper case too, and by their text', async () => {
  const trusted = await read({ [hashOf('{ a }')]: '{ a }', [hashOf('{ b: a }').toUpperCase()]: '{ b: a }' });
  expect([trusted.find(hashOf('{ a }')), trusted.find(hashOf('{ b: a }'))]).toEqual(['{ a }', '{ b: a }']);
  expect([trusted.has('{ b: a }'), trusted.has('{ a } '), trusted.find('{ a }')]).toEqual([true, false, undefined]);
});

const A = hashOf('{ a }');
it.each([
  ['that is no JSON', '{', /^WAYBILL_TRUSTED_DOCUMENTS names .*documents\.json, which is not JSON: /],
  ['that is a list', [A], /which is not a JSON object of SHA-256 -> document$/],
  [
    'of a manifest of Apollo',
    { format: 'x', operations: [] },
    /has an entry "format" whose key is not a SHA-256 in hex$/,
  ],
  ['that is empty', {}, /which has no entry/],
  [
    'with a value that is no text',
    { [A]: { query: '{ a }' } },
    new RegExp(`an entry "${A}" whose value is not a text$`),
  ],
  [
    'with a hash of another text',
    { [A]: '{ a } ' },
    new RegExp(`an entry "${A}" whose document has the SHA-256 ${hashOf('{ a } ')}$`),
  ],
  [
    'with a document that cannot be parsed',
    { [hashOf('{')]: '{' },
    /an entry "\w{64}" whose document cannot be parsed: Syntax Error/,
  ],
  [
    'with a field that is not there',
    { [hashOf('{ b }')]: '{ b }' },
    /an entry "\w{64}" whose document is not valid: Cannot query field "b"/,
  ],
])('a file %s is refused', async (_what, content, message) => {
  await expect(read(content)).rejects.toMatchObject({
    code: 'TRUSTED_DOCUMENTS_UNUSABLE',
    message: expect.stringMatching(message) as string,
  });
});

it('a file that is missing, a directory or too large is refused before it is read', async () => {
  const fails = (file: string): Promise<unknown> =>
    readTrustedDocuments(file, documents).catch((error: unknown) => error);
  expect(String(await fails(`${path}.missing`))).toMatch(/cannot be read: ENOENT/);
  expect(String(await fails(dir.path))).toMatch(/is not a file/);
  await writeFile(path, '');
  await truncate(path, 33 * 2 ** 20);
  expect(String(await fails(path))).toMatch(/has 34603008 bytes; allowed: at most 33554432/);
});
