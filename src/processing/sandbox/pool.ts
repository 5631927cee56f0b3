// Children that are ready for work. One file at a time in each, and a new child whenever none is free: how many there are
// is decided by how many files the caller has processed at once.
import { join } from 'node:path';
import type { Logger } from '../../log.ts';
import type { ProcessingLimits } from '../limits.ts';
import { ChildFile } from '../child-file.ts';
import type { Child } from './child-process.ts';
import type { Isolation, Profile } from './isolation.ts';
import { StartFailed, startChild } from './start-child.ts';

/** Short runs are over before their memory is read, and may leak all the same. */
const MEMORY_EVERY = 100;

/** A child with its use so far. */
export interface PooledChild {
  readonly child: Child;
  readonly profile: Profile;
  /** For the bytes. */
  readonly file: ChildFile;
  /** Files that it has been given. */
  files: number;
  /** As last read; 0 before. */
  memoryBytes: number;
}

export interface PoolOptions {
  readonly isolation: Isolation;
  readonly limits: ProcessingLimits;
  /** The directories of the children are in it. */
  readonly directory: string;
  readonly log: Logger;
}

export class ChildPool {
  readonly #options: PoolOptions;
  readonly #children = new Set<Child>();
  /** The most recently used last, which is taken first: the others may end. */
  readonly #idle = new Map<PooledChild, NodeJS.Timeout>();
  #started = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** @throws StartFailed or ModuleRefused */
  async acquire(profile: Profile): Promise<PooledChild> {
    const pooled = [...this.#idle.keys()].findLast((each) => each.profile === profile) ?? (await this.#start(profile));
    this.#takeFromIdle(pooled);
    pooled.files += 1;
    return pooled;
  }

  /**
   * Removes the bytes that it was given. Never rejects.
   * @param isSound whether nothing happened that makes it unfit for another file
   */
  async release(pooled: PooledChild, isSound: boolean): Promise<void> {
    if (!isSound) return await pooled.child.kill();
    const { limits } = this.#options;
    const isClear = await pooled.file.clear().then(
      () => true,
      () => false,
    );
    if (pooled.files % MEMORY_EVERY === 0) pooled.memoryBytes = await pooled.child.readMemory();
    // After a large file its memory may stay large, and would count against the next.
    const isFit = pooled.files < limits.filesPerChild && pooled.memoryBytes <= limits.memoryBytes / 2;
    const { child } = pooled;
    if (!isClear || !isFit || this.#closed || child.isSpoiled || child.exit !== null) return await child.kill();
    const timer = setTimeout(() => void this.#endIdle(pooled), limits.idleMs).unref();
    this.#idle.set(pooled, timer);
  }

  /** Kills all, those at work too. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const pooled of this.#idle.keys()) this.#takeFromIdle(pooled);
    await Promise.all([...this.#children].map((child) => child.kill()));
  }

  async #start(profile: Profile): Promise<PooledChild> {
    const directory = join(this.#options.directory, String((this.#started += 1)));
    const { child } = await startChild({ ...this.#options, directory }, profile, (spawned) => this.#adopt(spawned));
    if (this.#closed) {
      await child.kill();
      throw new StartFailed('was ended while it started');
    }
    return { child, profile, file: new ChildFile(child), files: 0, memoryBytes: 0 };
  }

  #adopt(child: Child): void {
    this.#children.add(child);
    child.on('exit', () => {
      this.#children.delete(child);
      for (const pooled of this.#idle.keys()) if (pooled.child === child) void this.#endIdle(pooled);
    });
    if (this.#closed) void child.kill();
  }

  #takeFromIdle(pooled: PooledChild): void {
    clearTimeout(this.#idle.get(pooled));
    this.#idle.delete(pooled);
  }

  async #endIdle(pooled: PooledChild): Promise<void> {
    this.#takeFromIdle(pooled);
    await pooled.child.kill();
  }
}
