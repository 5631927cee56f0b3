// Creates a directory and those above it that are missing. Not by Node's recursive mkdir, which never returns where the
// system answers ENOENT although the directory above exists, as it does below /proc.
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * @param mode of each directory that is created, less the umask
 * @returns the topmost directory that was created, absolute; undefined when all of them existed
 * @throws the file system's error
 */
export async function createDirectory(path: string, mode: number): Promise<string | undefined> {
  const directory = resolve(path);
  try {
    return await createOne(directory, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || directory === dirname(directory)) throw error;
  }
  const above = await createDirectory(dirname(directory), mode);
  const created = await createOne(directory, mode);
  return above ?? created;
}

async function createOne(directory: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(directory, { mode });
    return directory;
  } catch (error) {
    const exists = codeOf(error) === 'EEXIST' && (await stat(directory)).isDirectory();
    if (!exists) throw error;
    return undefined;
  }
}
