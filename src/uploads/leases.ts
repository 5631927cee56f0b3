// The lease of an upload: who may write to it. A row in PostgreSQL with an epoch, because clients may ask two replicas at
// once. Leases are short, and a replica renews all of its own in one statement; no connection is held while bytes flow. The
// epoch is checked wherever something is stored, so a writer that lost its lease without noticing stores nothing.
import type { Pool } from 'pg';
import { isOfNoFile } from '../db/pg-errors.ts';
import { Gatherer } from '../db/gather.ts';
import { type Scope, currentScope, inScope, uniteScopes } from '../db/scope.ts';
import { PeriodicTask } from '../jobs/periodic-task.ts';
import type { Logger } from '../log.ts';
import { RELEASE, RELEASE_MANY, RENEW, TAKE_FIRST, TAKE_FIRST_OF_MANY, TAKE_NEXT } from './lease-statements.ts';
import { notFound } from './upload-error.ts';

export interface Lease {
  readonly fileId: string;
  readonly epoch: number;
  /** The first segment of the file, where it was begun with the lease. */
  readonly segment?: BegunSegment;
}

export interface BegunSegment {
  readonly id: string;
  /** Afterwards another has to be begun, which checks the lease. Milliseconds, as performance.now. */
  readonly usableUntil: number;
}

interface FirstLease {
  readonly fileId: string;
  readonly segmentId: string;
}

interface HeldLease extends Lease {
  /** Of the tenant it was taken for. */
  readonly scope: Scope | undefined;
  /** Called when somebody wants the lease or has taken it over: the writer should end. */
  readonly requestRelease: () => void;
}

const RENEW_MS = 1_000;
// Far less than a lease lasts: a segment of a lease that was taken over is discarded.
const SEGMENT_MS = 2_000;

export class Leases {
  readonly #pool: Pool;
  readonly #newId: () => string;
  readonly #held = new Map<string, HeldLease>();
  readonly #renewal: PeriodicTask;
  readonly #firsts = new Gatherer((wanted: readonly FirstLease[]) => this.#takeFirsts(wanted));
  readonly #releases = new Gatherer((leases: readonly Lease[]) => this.#releaseMany(leases));

  constructor(pool: Pool, log: Logger, newId: () => string) {
    this.#pool = pool;
    this.#newId = newId;
    this.#renewal = new PeriodicTask({ name: 'leases', everyMs: RENEW_MS, log }, () => this.#renew());
  }

  /**
   * Takes the lease of a file. Segments of an earlier holder that never released it are closed to further writing.
   * @returns null while somebody else holds it
   * @throws UploadError 404 when the file does not exist (any more)
   */
  async acquire(fileId: string, requestRelease: () => void): Promise<Lease | null> {
    const epoch = (await this.#take(TAKE_FIRST, fileId)) ?? (await this.#take(TAKE_NEXT, fileId));
    return epoch === null ? null : this.#hold({ fileId, epoch }, requestRelease);
  }

  /**
   * The same for a writer that begins at the first byte: its first segment is begun in the same statement, which it shares
   * with others that ask at this moment.
   */
  async acquireFirst(fileId: string, requestRelease: () => void): Promise<Lease | null> {
    const usableUntil = performance.now() + SEGMENT_MS;
    const id = this.#newId();
    const isTaken = await this.#firsts.add({ fileId, segmentId: id });
    if (!isTaken) return await this.acquire(fileId, requestRelease);
    return this.#hold({ fileId, epoch: 1, segment: { id, usableUntil } }, requestRelease);
  }

  #hold(lease: Lease, requestRelease: () => void): Lease {
    this.#held.set(lease.fileId, { ...lease, scope: currentScope(), requestRelease });
    return lease;
  }

  /**
   * Call once nothing more is written: the next holder may write into the same segment. Ignores a database that cannot be
   * reached: the lease runs out by itself.
   */
  async release(lease: Lease): Promise<void> {
    const { fileId, epoch } = lease;
    if (this.#held.get(fileId)?.epoch === epoch) this.#held.delete(fileId);
    try {
      if (!(await this.#releases.add(lease))) await this.#pool.query(RELEASE, [fileId, epoch]);
    } catch {
      // It runs out.
    }
  }

  /** Asks the writer, here or on another replica, to stop. @returns whether there is one */
  async askForRelease(fileId: string): Promise<boolean> {
    this.#held.get(fileId)?.requestRelease();
    const { rowCount } = await this.#pool.query(
      'update upload set release_wanted = true where file_id = $1 and lease_until > now()',
      [fileId],
    );
    return rowCount === 1;
  }

  /** Asks every writer of this replica to stop. */
  releaseAll(): void {
    for (const { requestRelease } of this.#held.values()) requestRelease();
  }

  async stop(): Promise<void> {
    await this.#renewal.stop();
  }

  async #take(statement: string, fileId: string): Promise<number | null> {
    try {
      const { rows } = await this.#pool.query<{ epoch: number }>(statement, [fileId]);
      return rows[0]?.epoch ?? null;
    } catch (error) {
      if (isOfNoFile(error)) throw notFound();
      throw error;
    }
  }

  /** @returns of each whether it was taken; not where there is no file, or a row that is locked */
  async #takeFirsts(wanted: readonly FirstLease[]): Promise<boolean[]> {
    const { rows } = await this.#pool.query<{ id: string }>(TAKE_FIRST_OF_MANY, [
      wanted.map(({ fileId }) => fileId),
      wanted.map(({ segmentId }) => segmentId),
    ]);
    const begun = new Set(rows.map(({ id }) => id));
    return wanted.map(({ segmentId }) => begun.has(segmentId));
  }

  /** @returns of each whether it was released */
  async #releaseMany(leases: readonly Lease[]): Promise<boolean[]> {
    const { rows } = await this.#pool.query<{ file_id: string }>(RELEASE_MANY, [
      leases.map(({ fileId }) => fileId),
      leases.map(({ epoch }) => epoch),
    ]);
    const released = new Set(rows.map((row) => row.file_id));
    return leases.map(({ fileId }) => released.has(fileId));
  }

  async #renew(): Promise<void> {
    const held = [...this.#held.values()];
    if (held.length === 0) return;
    const values = [held.map(({ fileId }) => fileId), held.map(({ epoch }) => epoch)];
    type Row = { file_id: string; release_wanted: boolean };
    const scope = uniteScopes(held.map((lease) => lease.scope));
    const { rows } = await inScope(scope, () => this.#pool.query<Row>(RENEW, values));
    const kept = new Set(rows.filter((row) => !row.release_wanted).map((row) => row.file_id));
    for (const { fileId, requestRelease } of held) if (!kept.has(fileId)) requestRelease();
  }
}
