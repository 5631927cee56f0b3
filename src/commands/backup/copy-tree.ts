// Copies a directory file by file, with the SHA-256 of each, so that the copy can be checked when it is read back.
import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createDirectory } from '../../create-directory.ts';
import { StartupError } from '../../errors.ts';

export interface CopiedFile {
  /** Relative to the directory, with slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Copies `from` to `to`, directories without files included; what is there already is overwritten. Files and directories
 * are synced. PostgreSQL keeps empty directories that it needs.
 * @param skip names of entries at the top that are left out
 * @throws StartupError at a symbolic link or anything else that is neither file nor directory
 */
export async function* copyTree(from: string, to: string, skip: readonly string[] = []): AsyncGenerator<CopiedFile> {
  await createDirectory(to, 0o700);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (skip.includes(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      for await (const file of copyTree(source, target)) yield { ...file, path: `${entry.name}/${file.path}` };
    } else if (entry.isFile()) yield { path: entry.name, ...(await copyFile(source, target)) };
    else throw new StartupError('BACKUP_FAILED', `${source} is neither a file nor a directory, and cannot be copied`);
  }
  await syncDirectory(to);
}

export async function copyFile(from: string, to: string): Promise<Omit<CopiedFile, 'path'>> {
  await using source = await open(from, 'r');
  await using target = await open(to, 'w', 0o600);
  const copied = await pump(source, target);
  await target.sync();
  return copied;
}

async function pump(source: FileHandle, target: FileHandle): Promise<Omit<CopiedFile, 'path'>> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    for (let at = 0; at < bytesRead;) at += (await target.write(chunk, at)).bytesWritten;
    bytes += bytesRead;
  }
}

export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
