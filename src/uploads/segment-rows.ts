// Which segments a file has. A row is there before its bytes are, and is let go of before they are removed.
import type { Pool } from 'pg';
import { codeOf } from '../db/pg-errors.ts';
import type { Lease } from './leases.ts';
import { type UploadError, locked, notFound } from './upload-error.ts';

export interface SegmentRow {
  readonly id: string;
  /** Where in the file it begins. */
  readonly start: number;
  /** Acknowledged bytes. */
  readonly length: number;
}

// Only under the lease in force: nobody would write to, or let go of, what a writer begins that has lost its own.
const BEGIN = `
  insert into segment (id, file_id, start) select $1, file_id, $3 from upload where file_id = $2 and epoch = $4`;

export class SegmentRows {
  readonly #pool: Pool;
  readonly #newId: () => string;

  constructor(pool: Pool, newId: () => string) {
    this.#pool = pool;
    this.#newId = newId;
  }

  /** The segment that ends where the file does, if a writer may write on in it. */
  async findOpen(fileId: string, end: number): Promise<SegmentRow | null> {
    const { rows } = await this.#pool.query<{ id: string; start: string; length: string }>(
      'select id, start, length from segment where file_id = $1 and open and length > 0 and start + length = $2',
      [fileId, end],
    );
    const [row] = rows;
    return row === undefined ? null : { id: row.id, start: Number(row.start), length: Number(row.length) };
  }

  /** @throws UploadError 423 when the lease is lost, 404 when the file is gone */
  async begin({ fileId, epoch }: Lease, start: number): Promise<SegmentRow> {
    const id = this.#newId();
    try {
      const { rowCount } = await this.#pool.query(BEGIN, [id, fileId, start, epoch]);
      if (rowCount === 0) throw await this.#reasonOf(fileId);
    } catch (error) {
      if (codeOf(error) === '23503') throw notFound(); // foreign_key_violation
      throw error;
    }
    return { id, start, length: 0 };
  }

  async #reasonOf(fileId: string): Promise<UploadError> {
    const { rowCount } = await this.#pool.query('select from file where id = $1', [fileId]);
    return rowCount === 0 ? notFound() : locked();
  }

  /** Segments of the first `end` bytes, in order. */
  async list(fileId: string, end: number): Promise<SegmentRow[]> {
    const { rows } = await this.#pool.query<{ id: string; start: string; length: string }>(
      'select id, start, length from segment where file_id = $1 and length > 0 and start < $2 order by start',
      [fileId, end],
    );
    return rows.map(({ id, start, length }) => ({ id, start: Number(start), length: Number(length) }));
  }

  /** Segments that nobody needs any more, oldest first. */
  async findDiscarded(limit: number): Promise<string[]> {
    const { rows } = await this.#pool.query<{ id: string }>(
      'select id from segment where file_id is null order by id limit $1',
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Call once the store has removed them. */
  async forget(ids: readonly string[]): Promise<void> {
    await this.#pool.query('delete from segment where file_id is null and id = any($1::uuid[])', [ids]);
  }
}
