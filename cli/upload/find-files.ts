// Finds the files to upload: the named ones and all files in the named folders, each with the name it gets on the server.
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isExcluded } from './exclude.ts';
import { type ServerName, toServerName } from './server-name.ts';

/** Its name is relative to the parent of the argument, with `/` (`photos/2024/a.jpg` for `../x/photos`). */
export interface FoundFile extends ServerName {
  /** Absolute. */
  readonly path: string;
  /** Bytes, at the time it was found. */
  readonly size: number;
}

export interface NotFound {
  readonly path: string;
  readonly reason: string;
}

/** Standard input or a FIFO: its size is unknown until it has been read. */
export interface FoundStream extends ServerName {
  /** `-` for standard input. */
  readonly path: string;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  readonly streams: readonly FoundStream[];
  /** Named paths that are not files, and paths inside named folders, that cannot be read. */
  readonly problems: readonly NotFound[];
  /** Inside named folders: neither files nor folders; or links to folders, which could form a cycle. */
  readonly skipped: readonly NotFound[];
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'no such file or folder',
  ELOOP: 'too many symbolic links',
};

const NOT_UTF8 = 'its name is not UTF-8';
const STDIN_PATHS = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

export function reasonOfFileError(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}

export interface FindOptions {
  /** Glob patterns of names to leave out. */
  readonly exclude: readonly string[];
}

/** Sorted by name within each folder, without duplicates. */
export async function findFiles(
  paths: readonly string[],
  options: FindOptions,
  signal: AbortSignal,
): Promise<FoundFiles> {
  const search = new Search(options, signal);
  for (const path of paths) await search.visitArgument(path);
  return search;
}

class Search implements FoundFiles {
  readonly files: FoundFile[] = [];
  readonly streams: FoundStream[] = [];
  readonly problems: NotFound[] = [];
  readonly skipped: NotFound[] = [];
  readonly #seen = new Set<string>();
  readonly #exclude: readonly string[];
  readonly #signal: AbortSignal;

  constructor({ exclude }: FindOptions, signal: AbortSignal) {
    this.#exclude = exclude;
    this.#signal = signal;
  }

  /** Follows a link that the user names, to files and folders alike. */
  async visitArgument(given: string): Promise<void> {
    if (STDIN_PATHS.includes(given)) return void this.streams.push({ path: '-', name: 'stdin' });
    const path = resolve(given);
    const stats = await this.#try(path, () => stat(path));
    if (stats === undefined) return;
    const name = basename(path);
    if (stats.isDirectory()) await this.#visitFolder(path, dirname(path));
    else if (stats.isFile()) this.#take(path, name, stats);
    else if (stats.isFIFO()) this.streams.push({ path, ...toServerName(name) });
    else this.problems.push({ path, reason: 'not a file' });
  }

  async #visitFolder(folder: string, base: string): Promise<void> {
    const entries = (await this.#try(folder, () => readEntries(folder))) ?? [];
    for (const { entry, name } of entries) {
      this.#signal.throwIfAborted();
      const path = join(folder, name ?? entry.name.toString());
      const relativeName = relative(base, path).replaceAll(sep, '/');
      if (isExcluded(relativeName, this.#exclude)) continue;
      if (name === null) this.problems.push({ path, reason: NOT_UTF8 });
      else if (entry.isDirectory()) await this.#visitFolder(path, base);
      else await this.#visitEntry(path, relativeName);
    }
  }

  async #visitEntry(path: string, name: string): Promise<void> {
    const stats = await this.#try(path, () => stat(path));
    if (stats === undefined) return;
    if (stats.isFile()) this.#take(path, name, stats);
    else this.skipped.push({ path, reason: stats.isDirectory() ? 'a link to a folder' : 'not a file' });
  }

  #take(path: string, name: string, { size }: Stats): void {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    this.files.push({ path, ...toServerName(name), size });
  }

  async #try<Result>(path: string, operation: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await operation();
    } catch (error) {
      // Node decodes arguments that are not UTF-8 with replacement characters.
      const reason = path.includes('\ufffd') ? NOT_UTF8 : reasonOfFileError(error);
      this.problems.push({ path, reason });
      return undefined;
    }
  }
}

interface Entry {
  readonly entry: Dirent<Buffer>;
  /** Null when it is not UTF-8: JavaScript has no such string, so that the file could not be opened by it. */
  readonly name: string | null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function readEntries(folder: string): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  const named = entries.map((entry) => ({ entry, name: decode(entry.name) }));
  return named.toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}

function decode(name: Buffer): string | null {
  try {
    return utf8.decode(name);
  } catch {
    return null;
  }
}
