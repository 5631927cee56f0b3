// The result of a bench as it is kept: what was measured, where and when, in one JSON file.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Report } from './bench.ts';
import type { Machine } from './machine.ts';

export interface Result extends Report {
  readonly bench: string;
  readonly title: string;
  readonly quick: boolean;
  /** RFC 3339, UTC. */
  readonly measuredAt: string;
  readonly tookSeconds: number;
  readonly machine: Machine;
  /** How busy others kept the machine around each round, 0 to 1. */
  readonly othersBusy: readonly number[];
}

const pathOf = (folder: string, name: string): string => join(folder, `${name}.json`);

export async function saveResult(folder: string, result: Result): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(pathOf(folder, result.bench), `${JSON.stringify(result, null, 2)}\n`);
}

/** The latest of each bench that has one, in the order of the benches. */
export async function readResults(folder: string, benches: readonly Bench[]): Promise<Result[]> {
  const texts = await Promise.all(
    benches.map(({ name }) =>
      readFile(pathOf(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      }),
    ),
  );
  return texts.filter((text) => text !== null).map((text) => JSON.parse(text) as Result);
}
