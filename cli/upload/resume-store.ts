// What outlives a command that was stopped or killed: which file of the server each local file became. One small file for
// each, so that two commands at the same time are in nobody's way, replaced as a whole.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What names an upload: the same file, unchanged, on the same server. */
export interface UploadIdentity {
  readonly serverUrl: string;
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  readonly mtimeNs: bigint;
}

const DAY_MS = 86_400_000;
const KEPT_MS = 90 * DAY_MS;

export function keyOf({ serverUrl, path, size, mtimeNs }: UploadIdentity): string {
  const parts = [serverUrl, path, String(size), String(mtimeNs)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export class ResumeStore {
  readonly #dir: string;

  constructor(stateDir: string) {
    this.#dir = join(stateDir, 'uploads');
  }

  /** The id of the server's file; null when none is known. A record that cannot be read is none: registering again finds the same file. */
  async read(identity: UploadIdentity): Promise<string | null> {
    const path = this.#pathOf(identity);
    try {
      const record: unknown = JSON.parse(await readFile(path, 'utf8'));
      // In use: not one to be forgotten.
      const now = new Date();
      await utimes(path, now, now);
      return isRecord(record) ? record.fileId : null;
    } catch {
      return null;
    }
  }

  async write(identity: UploadIdentity, fileId: string): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const { serverUrl, path, size, mtimeNs } = identity;
    // More than is read back, so that a person who looks knows what it is.
    const record = { fileId, server: serverUrl, path, size, mtimeNs: String(mtimeNs) };
    const temporary = `${this.#pathOf(identity)}.${randomUUID()}.tmp`;
    await writeFile(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    await rename(temporary, this.#pathOf(identity));
  }

  async forget(identity: UploadIdentity): Promise<void> {
    await rm(this.#pathOf(identity), { force: true });
  }

  /** Removes what nobody has asked for in three months. */
  async prune(now: number): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    for (const name of names) {
      const path = join(this.#dir, name);
      const stats = await stat(path).catch(() => null);
      if (stats !== null && now - stats.mtimeMs > KEPT_MS) await rm(path, { force: true });
    }
  }

  #pathOf(identity: UploadIdentity): string {
    return join(this.#dir, `${keyOf(identity)}.json`);
  }
}

const isRecord = (value: unknown): value is { readonly fileId: string } =>
  typeof value === 'object' && value !== null && 'fileId' in value && typeof value.fileId === 'string';
