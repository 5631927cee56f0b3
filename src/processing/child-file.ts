// The temporary file that a child finds the bytes in: one in each child's directory, which that child alone can read. It is
// kept open and emptied between files: opening, closing and removing one for each file of 1 KiB cost a quarter more of this
// process's time.
import { type FileHandle, link, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child } from './sandbox/child-process.ts';
import { type SpoolSource, writeBytes } from './spool.ts';

export class ChildFile {
  readonly path: string;
  #handle: FileHandle | null = null;
  /** Another child has the same file under a name of its own. */
  #isShared = false;

  /** @param child when it has ended, the file is closed; its directory goes with it */
  constructor(child: Child) {
    this.path = join(child.directory, 'bytes');
    child.on('exit', () => void this.#close().catch(() => {}));
  }

  /** @throws what the source or the file system throws */
  async write(source: SpoolSource): Promise<void> {
    this.#handle ??= await open(this.path, 'wx', 0o600);
    await writeBytes(source, this.#handle);
  }

  /** Gives the bytes to another child too, whose file is not written. */
  async shareWith(other: ChildFile): Promise<void> {
    await link(this.path, other.path);
    this.#isShared = true;
    other.#isShared = true;
  }

  /** The bytes are gone when it returns. */
  async clear(): Promise<void> {
    if (!this.#isShared) return await this.#handle?.truncate(0);
    // A child that has it open would see the next file's bytes in it.
    this.#isShared = false;
    await this.#close();
    await unlink(this.path);
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}
