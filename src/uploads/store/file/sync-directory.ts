// Makes the entries of a directory durable; fsync of a file does not do that for the file's own name.
import { open } from 'node:fs/promises';

export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path);
  await directory.sync();
}
