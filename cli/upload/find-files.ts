// What is to be uploaded: the files named, and all files in the folders named, each with the name it gets.
import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

export interface FoundFile {
  /** Absolute. */
  readonly path: string;
  /** What the server calls it: relative to where the argument lies, with `/` (`photos/2024/a.jpg` for `../x/photos`). */
  readonly name: string;
  /** Bytes, when it was found. */
  readonly size: number;
}

export interface NotFound {
  readonly path: string;
  readonly reason: string;
}

export interface Findings {
  readonly files: readonly FoundFile[];
  /** What was named, or lies in a folder, and cannot be read. */
  readonly problems: readonly NotFound[];
  /** Neither files nor folders, or links to folders, which could lead in circles. */
  readonly skipped: readonly NotFound[];
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ENOTDIR: 'there is no such file or folder',
  ELOOP: 'its links lead in a circle',
};

export function reasonOfFileError(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}

/** Sorted by name within each folder; what is named twice is found once. */
export async function findFiles(paths: readonly string[], signal: AbortSignal): Promise<Findings> {
  const search = new Search(signal);
  for (const path of paths) await search.visitArgument(resolve(path));
  return search;
}

class Search implements Findings {
  readonly files: FoundFile[] = [];
  readonly problems: NotFound[] = [];
  readonly skipped: NotFound[] = [];
  readonly #seen = new Set<string>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** What a person names is followed, wherever its link leads. */
  async visitArgument(path: string): Promise<void> {
    const stats = await this.#try(path, () => stat(path));
    if (stats === undefined) return;
    if (stats.isDirectory()) await this.#visitFolder(path, dirname(path));
    else this.#take(path, basename(path), stats);
  }

  async #visitFolder(folder: string, base: string): Promise<void> {
    const entries = (await this.#try(folder, () => readdir(folder, { withFileTypes: true }))) ?? [];
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      this.#signal.throwIfAborted();
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        await this.#visitFolder(path, base);
        continue;
      }
      const stats = await this.#try(path, () => stat(path));
      if (stats === undefined) continue;
      if (stats.isDirectory()) this.skipped.push({ path, reason: 'a link to a folder' });
      else this.#take(path, relative(base, path).replaceAll(sep, '/'), stats);
    }
  }

  #take(path: string, name: string, stats: Stats): void {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    if (stats.isFile()) this.files.push({ path, name, size: stats.size });
    else this.skipped.push({ path, reason: 'not a file' });
  }

  async #try<Result>(path: string, operation: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await operation();
    } catch (error) {
      this.problems.push({ path, reason: reasonOfFileError(error) });
      return undefined;
    }
  }
}
