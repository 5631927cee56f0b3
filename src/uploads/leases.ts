// Who may write to an upload: a row in PostgreSQL with an epoch, because two replicas can be asked at once. A lease is
// short and renewed, all of a replica's in one statement; no connection is held while bytes flow. The epoch is checked
// again wherever something is stored, so a writer that has lost its lease without knowing does no harm.
import type { Pool } from 'pg';
import { codeOf } from '../db/pg-errors.ts';
import { Repeat } from '../jobs/repeat.ts';
import type { Logger } from '../log.ts';
import { notFound } from './upload-error.ts';

export interface Lease {
  readonly fileId: string;
  readonly epoch: number;
}

interface Held extends Lease {
  /** Somebody wants it, or has taken it: the writer should end. */
  readonly requestRelease: () => void;
}

/** After so long without a renewal a lease may be taken over: its replica is dead, stopped, or cut off. */
const LEASE_MS = 6_000;
const RENEW_MS = 1_000;

const LEASE = `now() + interval '${LEASE_MS} milliseconds'`;

const FIRST = `
  insert into upload (file_id, epoch, lease_until) values ($1, 1, ${LEASE}) on conflict do nothing returning epoch`;

// The row is locked before it is judged, so of two who ask at once the second sees the first. Segments without an
// acknowledged byte are left over from earlier holders, who can have none acknowledged from here on.
const NEXT = `
  with before as (select file_id, lease_until from upload where file_id = $1 for update),
  taken as (
    update upload set epoch = epoch + 1, lease_until = ${LEASE}, release_wanted = false from before
    where upload.file_id = before.file_id and (before.lease_until is null or before.lease_until < now())
    returning epoch, before.lease_until is not null as taken_over
  ), fenced as (
    update segment set open = false, file_id = case when length > 0 then file_id end
    from taken where segment.file_id = $1 and (taken.taken_over or length = 0)
  )
  select epoch from taken`;

// In id order, as the units of work lock these rows. One that was let go of meanwhile stays so.
const RENEW = `
  with mine as (
    select u.file_id from upload u
    join unnest($1::uuid[], $2::int[]) as held (file_id, epoch) on u.file_id = held.file_id and u.epoch = held.epoch
    where u.lease_until is not null order by u.file_id for update of u
  )
  update upload set lease_until = ${LEASE} from mine where upload.file_id = mine.file_id
  returning upload.file_id, release_wanted`;

export class Leases {
  readonly #pool: Pool;
  readonly #held = new Map<string, Held>();
  readonly #renewal: Repeat;

  constructor(pool: Pool, log: Logger) {
    this.#pool = pool;
    this.#renewal = new Repeat({ name: 'leases', everyMs: RENEW_MS, log }, () => this.#renew());
  }

  /**
   * The lease of a file, if nobody has it. What an earlier holder that never let go has written is fenced off.
   * @throws UploadError 404 when there is no such file (any more)
   */
  async acquire(fileId: string, requestRelease: () => void): Promise<Lease | null> {
    const epoch = (await this.#takeFirst(fileId)) ?? (await this.#takeNext(fileId));
    if (epoch === null) return null;
    this.#held.set(fileId, { fileId, epoch, requestRelease });
    return { fileId, epoch };
  }

  /** Call once nothing more is written: the next holder may write on where this one has stopped. */
  async release({ fileId, epoch }: Lease): Promise<void> {
    if (this.#held.get(fileId)?.epoch === epoch) this.#held.delete(fileId);
    await this.#pool.query('update upload set lease_until = null where file_id = $1 and epoch = $2', [fileId, epoch]);
  }

  /** Asks whoever writes, here or on another replica, to stop. @returns whether anybody writes */
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

  async #takeFirst(fileId: string): Promise<number | null> {
    try {
      const { rows } = await this.#pool.query<{ epoch: number }>(FIRST, [fileId]);
      return rows[0]?.epoch ?? null;
    } catch (error) {
      if (codeOf(error) === '23503') throw notFound(); // foreign_key_violation
      throw error;
    }
  }

  async #takeNext(fileId: string): Promise<number | null> {
    const { rows } = await this.#pool.query<{ epoch: number }>(NEXT, [fileId]);
    return rows[0]?.epoch ?? null;
  }

  async #renew(): Promise<void> {
    const held = [...this.#held.values()];
    if (held.length === 0) return;
    const { rows } = await this.#pool.query<{ file_id: string; release_wanted: boolean }>(RENEW, [
      held.map(({ fileId }) => fileId),
      held.map(({ epoch }) => epoch),
    ]);
    const kept = new Set(rows.filter((row) => !row.release_wanted).map((row) => row.file_id));
    for (const { fileId, requestRelease } of held) if (!kept.has(fileId)) requestRelease();
  }
}

/** A release that does not reach the database is one that nobody made: the lease runs out. */
export async function releaseQuietly(leases: Leases, lease: Lease): Promise<void> {
  await leases.release(lease).catch(() => undefined);
}
