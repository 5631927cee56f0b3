// What is in a backup folder: `postgres/`, `postgres-password`, `uploads/` where bytes are kept in files, a description in
// `backup.json`, and `SHA256SUMS` in the form that `sha256sum --check` reads.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../../errors.ts';

export interface Manifest {
  readonly format: 1;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** The major version whose files these are. */
  readonly postgres: string;
  /** Whether the uploaded bytes are in it; false: they are in a bucket, which has its own backup. */
  readonly hasBytes: boolean;
  readonly files: number;
  readonly bytes: number;
}

export const MANIFEST = 'backup.json';
export const SUMS = 'SHA256SUMS';

/** @throws StartupError BACKUP_FAILED when the folder is not a complete backup */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((error: unknown) => {
    throw new StartupError('BACKUP_FAILED', `${folder} is not a backup: it has no ${MANIFEST}`, { cause: error });
  });
  const manifest = parse(text);
  if (manifest?.format === 1) return manifest;
  throw new StartupError('BACKUP_FAILED', `${join(folder, MANIFEST)} is of a form that this version does not know`);
}

function parse(text: string): Manifest | undefined {
  try {
    return JSON.parse(text) as Manifest;
  } catch {
    return undefined;
  }
}

/** `<sha256>  <path>` */
export const printSum = (sha256: string, path: string): string => `${sha256}  ${path}\n`;

/** SHA-256 by path. */
export async function readSums(folder: string): Promise<Map<string, string>> {
  const lines = (await readFile(join(folder, SUMS), 'utf8')).trimEnd().split('\n');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}
