// The rows of segments: which ones make up a file. A row is written before its bytes, and outlives them.
import type { Pool } from 'pg';
import { isOfNoFile } from '../db/pg-errors.ts';
import { asService } from '../db/scope.ts';
import type { Lease } from './leases.ts';
import { type UploadError, locked, notFound } from './upload-error.ts';

export interface SegmentRow {
  readonly id: string;
  /** Where in the file it begins. */
  readonly start: number;
  /** Acknowledged bytes. */
  readonly length: number;
}

// Only under the current lease: nobody would ever write to or remove a segment begun by a writer that lost its lease.
const BEGIN = `
  insert into segment (id, file_id, start) select $1, file_id, $3 from upload where file_id = $2 and epoch = $4`;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export class SegmentRows {
  readonly #pool: Pool;
  readonly #newId: () => string;

  constructor(pool: Pool, newId: () => string) {
    this.#pool = pool;
    this.#newId = newId;
  }

  /** The segment that ends at the end of the file, if a writer may append to it. */
  async findOpen(fileId: string, end: number): Promise<SegmentRow | null> {
    const [row] = await this.#select('where file_id = $1 and open and length > 0 and start + length = $2', [
      fileId,
      end,
    ]);
    return row ?? null;
  }

  /** @throws UploadError 423 when the lease is lost, 404 when the file is gone */
  async begin({ fileId, epoch }: Lease, start: number): Promise<SegmentRow> {
    const id = this.#newId();
    try {
      const { rowCount } = await this.#pool.query(BEGIN, [id, fileId, start, epoch]);
      if (rowCount === 0) throw await this.#reasonOf(fileId);
    } catch (error) {
      if (isOfNoFile(error)) throw notFound();
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
    return await this.#select('where file_id = $1 and length > 0 and start < $2 order by start', [fileId, end]);
  }

  async #select(where: string, values: readonly [fileId: string, end: number]): Promise<SegmentRow[]> {
    const text = `select id, start, length from segment ${where}`;
    const { rows } = await this.#pool.query<Record<'id' | 'start' | 'length', string>>(text, [...values]);
    return rows.map(({ id, start, length }) => ({ id, start: Number(start), length: Number(length) }));
  }

  /** Segments of no file, oldest first, from the one after `after` on. */
  async findDiscarded(limit: number, after: string | null = null): Promise<string[]> {
    const text = 'select id from segment where file_id is null and id > $2 order by id limit $1';
    const values = [limit, after ?? FIRST_ID];
    const { rows } = await asService(() => this.#pool.query<{ id: string }>(text, values));
    return rows.map(({ id }) => id);
  }

  /** Call once the store has removed them. */
  async deleteDiscarded(ids: readonly string[]): Promise<void> {
    const text = 'delete from segment where file_id is null and id = any($1::uuid[])';
    await asService(() => this.#pool.query(text, [ids]));
  }
}
