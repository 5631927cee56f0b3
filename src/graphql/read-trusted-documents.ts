// Reads the file of WAYBILL_TRUSTED_DOCUMENTS: a JSON object of SHA-256 -> document. All of it is checked at the start: a
// document that could not be executed would be found out by a user.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { GraphQLError } from 'graphql';
import { StartupError } from '../errors.ts';
import type { Documents } from './documents.ts';
import { TrustedDocuments } from './trusted-documents.ts';

/** Some 50,000 documents, which are checked in a few seconds. All of them stay in memory. */
const MAX_BYTES = 32 * 2 ** 20;
const MAX_SHOWN = 80;

/** Parses and validates; of a schema and of switches, but without trusted documents. */
type Check = Pick<Documents, 'parse' | 'validate'>;

/** @throws StartupError TRUSTED_DOCUMENTS_UNUSABLE, with the file and the entry */
export async function readTrustedDocuments(path: string, documents: Check): Promise<TrustedDocuments> {
  const entries = Object.entries(parseFile(path, await readText(path)));
  if (entries.length === 0) refuse(path, 'has no entry, so that nothing could be executed');
  return new TrustedDocuments(
    new Map(entries.map(([key, text]) => [key.toLowerCase(), requireDocument(path, key, text, documents)])),
  );
}

function refuse(path: string, problem: string): never {
  const message = `WAYBILL_TRUSTED_DOCUMENTS names ${path}, which ${problem}`;
  throw new StartupError('TRUSTED_DOCUMENTS_UNUSABLE', message);
}

async function readText(path: string): Promise<string> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) return refuse(path, 'is not a file');
    if (facts.size > MAX_BYTES) return refuse(path, `has ${facts.size} bytes; allowed: at most ${MAX_BYTES}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof StartupError) throw error;
    return refuse(path, `cannot be read: ${(error as Error).message}`);
  }
}

function parseFile(path: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(path, `is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(path, 'is not a JSON object of SHA-256 -> document');
  }
  return value;
}

function requireDocument(path: string, key: string, text: unknown, documents: Check): string {
  const problem = problemOf(key, text, documents);
  const shown = key.length > MAX_SHOWN ? `${key.slice(0, MAX_SHOWN)}...` : key;
  return problem === null ? (text as string) : refuse(path, `has an entry ${JSON.stringify(shown)} ${problem}`);
}

/** Null: there is none. */
function problemOf(key: string, text: unknown, documents: Check): string | null {
  if (!/^[\da-f]{64}$/i.test(key)) return 'whose key is not a SHA-256 in hex';
  if (typeof text !== 'string') return 'whose value is not a text';
  const hash = createHash('sha256').update(text).digest('hex');
  if (hash !== key.toLowerCase()) return `whose document has the SHA-256 ${hash}`;
  try {
    const [error] = documents.validate(documents.parse(text));
    return error === undefined ? null : `whose document is not valid: ${error.message}`;
  } catch (error) {
    if (error instanceof GraphQLError) return `whose document cannot be parsed: ${error.message}`;
    throw error;
  }
}
