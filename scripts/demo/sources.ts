// The files of the demo: sources of this project, and two that are large enough to watch their progress.
import { createHash, randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewFile } from './api.ts';

export interface Source extends NewFile {
  readonly bytes: Buffer;
}

const FOLDER = join(import.meta.dirname, '../../src');
const MIB = 2 ** 20;

function describe(name: string, contentType: string, bytes: Buffer): Source {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, contentType, size: bytes.length, sha256, bytes };
}

const read = async (name: string): Promise<Source> =>
  describe(name, 'text/typescript', await readFile(join(FOLDER, name)));

const generate = (name: string, size: number): Source => describe(name, 'application/octet-stream', randomBytes(size));

/** The two large ones, then the largest sources. */
export async function findSources(count: number): Promise<Source[]> {
  const generated = [generate('generated/16-MiB.bin', 16 * MIB), generate('generated/5-MiB.bin', 5 * MIB)];
  const sources = await Promise.all(globSync('**/*.ts', { cwd: FOLDER }).map(read));
  const largest = sources.toSorted((a, b) => b.size - a.size || a.name.localeCompare(b.name));
  return [...generated, ...largest].slice(0, count);
}
