// Digest states in the database, in the row of their upload's lease.
import type { Pool } from 'pg';
import type { SegmentRow } from '../segment-rows.ts';
import { isReadable } from './state-format.ts';

export interface StoredDigest {
  readonly state: string;
  readonly offset: number;
}

// Only while the segment it ends in belongs to the file: the state of dropped bytes must not return.
const SAVE = `
  update upload set digest_state = $2, digest_offset = $3 where file_id = $1 and digest_offset < $3
    and exists (select from segment where id = $4 and segment.file_id = upload.file_id)`;

export class StoredDigests {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Null when none covers at most the first `offset` bytes, or it is of another build (state-format.ts). */
  async read(fileId: string, offset: number): Promise<StoredDigest | null> {
    const { rows } = await this.#pool.query<{ state: string; offset: string }>(
      `select digest_state as state, digest_offset as "offset" from upload
       where file_id = $1 and digest_state is not null and digest_offset <= $2`,
      [fileId, offset],
    );
    const [row] = rows;
    if (row === undefined || !(await isReadable(row.state))) return null;
    return { state: row.state, offset: Number(row.offset) };
  }

  /** @param last the segment in which it ends */
  async save(fileId: string, { state, offset }: StoredDigest, last: SegmentRow): Promise<void> {
    await this.#pool.query(SAVE, [fileId, state, offset, last.id]);
  }
}
