// The files of the demo: sources of this very project, with their real sizes and digests.
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewFile } from './api.ts';

export interface Source extends NewFile {
  readonly path: string;
}

const FOLDER = join(import.meta.dirname, '../../src');

async function describe(name: string): Promise<Source> {
  const path = join(FOLDER, name);
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, name, contentType: 'text/typescript', size: bytes.length, sha256 };
}

/** The largest: their bars have most to show. */
export async function findSources(count: number): Promise<Source[]> {
  const sources = await Promise.all(globSync('**/*.ts', { cwd: FOLDER }).map(describe));
  return sources.toSorted((a, b) => b.size - a.size || a.name.localeCompare(b.name)).slice(0, count);
}
