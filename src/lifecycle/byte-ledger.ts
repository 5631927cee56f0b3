// What a unit of work does to the bytes of MANAGED files, written in a few set-based statements after the flush: segments
// that have grown, and files whose bytes nobody needs any more.
import { sql } from 'kysely';
import type { EntityManager } from '../db/orm.ts';
import type { Command, SegmentLength } from './commands.ts';

interface Growth extends SegmentLength {
  readonly fileId: string;
}

/** Whoever takes a lease locks it before its segments; a removal would lock them the other way round. */
const LEASED: readonly Command['kind'][] = ['receive', 'remove', 'expire'];

export class ByteLedger {
  readonly #epochs: ReadonlyMap<string, number>;
  readonly #grown = new Map<string, Growth>();
  readonly #discarded = new Set<string>();

  private constructor(epochs: ReadonlyMap<string, number>) {
    this.#epochs = epochs;
  }

  /** Locks the leases of those whose bytes have come, or that may go: nobody takes one over before this unit has ended. */
  static async open(em: EntityManager, commands: readonly Command[]): Promise<ByteLedger> {
    const ids = new Set(commands.filter(({ kind }) => LEASED.includes(kind)).map(({ fileId }) => fileId));
    if (ids.size === 0) return new ByteLedger(new Map());
    const { rows } = await sql<{ id: string; epoch: number }>`
      select file_id as id, epoch from upload where file_id = any(${[...ids]}::uuid[]) order by file_id for update`.execute(
      em.getKysely(),
    );
    return new ByteLedger(new Map(rows.map(({ id, epoch }) => [id, epoch])));
  }

  /** The epoch of the lease in force. */
  epochOf(fileId: string): number | undefined {
    return this.#epochs.get(fileId);
  }

  grow(fileId: string, segments: readonly SegmentLength[]): void {
    for (const segment of segments) this.#grown.set(segment.id, { ...segment, fileId });
  }

  discard(fileId: string): void {
    this.#discarded.add(fileId);
  }

  async write(em: EntityManager): Promise<void> {
    const kysely = em.getKysely();
    if (this.#grown.size > 0) {
      const grown = [...this.#grown.values()];
      await sql`
        update segment set length = grown.length
        from unnest(${grown.map(({ id }) => id)}::uuid[], ${grown.map(({ fileId }) => fileId)}::uuid[],
                    ${grown.map(({ length }) => length)}::bigint[]) as grown (id, file_id, length)
        where segment.id = grown.id and segment.file_id = grown.file_id`.execute(kysely);
    }
    if (this.#discarded.size > 0) {
      const ids = [...this.#discarded];
      await sql`update upload set digest_state = null, digest_offset = 0 where file_id = any(${ids}::uuid[])`.execute(
        kysely,
      );
      await sql`update segment set file_id = null where file_id = any(${ids}::uuid[])`.execute(kysely);
    }
  }
}
