// What a batch does to the bytes of MANAGED files, in a few set-based statements: segments that have grown, and files whose
// bytes are no longer needed.
import { sql } from 'kysely';
import type { Statement } from '../../db/connection.ts';
import { each } from '../../db/planner.ts';
import type { Transaction } from '../../db/transact.ts';
import type { Command, SegmentLength } from '../commands.ts';

interface Growth extends SegmentLength {
  readonly fileId: string;
}

const GROW: Statement = {
  name: 'waybill_grow_segments',
  text: `update segment set length = grown.length
    from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as grown (id, file_id, length)
    where segment.id = ${each('grown.id')} and segment.file_id is not distinct from grown.file_id`,
};
const DROP_DIGEST: Statement = {
  name: 'waybill_drop_digest',
  text: 'update upload set digest_state = null, digest_offset = 0 where file_id = any($1::uuid[])',
};
const DISCARD: Statement = {
  name: 'waybill_discard_segments',
  text: 'update segment set file_id = null where file_id = any($1::uuid[])',
};

/** Taking a lease locks its row before the segments; a removal without this lock would take them in the other order. */
const LEASED: readonly Command['kind'][] = ['receive', 'remove', 'expire'];

export class SegmentWrites {
  readonly #epochs: ReadonlyMap<string, number>;
  readonly #grown = new Map<string, Growth>();
  readonly #discarded = new Set<string>();

  private constructor(epochs: ReadonlyMap<string, number>) {
    this.#epochs = epochs;
  }

  /** Locks the leases of files that get bytes or may be removed: none is taken over before this batch has ended. */
  static async open(transaction: Transaction, commands: readonly Command[]): Promise<SegmentWrites> {
    const ids = new Set(commands.filter(({ kind }) => LEASED.includes(kind)).map(({ fileId }) => fileId));
    if (ids.size === 0) return new SegmentWrites(new Map());
    const { rows } = await sql<{ id: string; epoch: number }>`
      select file_id as id, epoch from upload where file_id = any(${[...ids]}::uuid[]) order by file_id for update`.execute(
      transaction.em.getKysely(),
    );
    return new SegmentWrites(new Map(rows.map(({ id, epoch }) => [id, epoch])));
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

  send(transaction: Transaction): void {
    if (this.#grown.size > 0) {
      const grown = [...this.#grown.values()];
      transaction.send(GROW, [
        grown.map(({ id }) => id),
        grown.map(({ fileId }) => fileId),
        grown.map(({ length }) => length),
      ]);
    }
    if (this.#discarded.size > 0) {
      const ids = [...this.#discarded];
      transaction.send(DROP_DIGEST, [ids]);
      transaction.send(DISCARD, [ids]);
    }
  }
}
