// Reads Upload-Metadata headers as they were sent; the registration of a file writes them (src/lifecycle/batch/writes.ts).
import type { Pool } from 'pg';

export class MetadataHeaders {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Null when none was kept with the file. */
  async read(fileId: string): Promise<string | null> {
    const { rows } = await this.#pool.query<{ value: string }>('select value from metadata_header where file_id = $1', [
      fileId,
    ]);
    return rows[0]?.value ?? null;
  }
}
