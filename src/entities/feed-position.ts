// The positions of the log's rows in the feed, in a table of their own: giving one is an insert of a few bytes, and the log is
// never updated (docs/adr/0026). The newest row also says how far the sequencer has looked. Written by the sequencer, and
// pruned from its lower end; the row at `feed_head.trimmed` always stays, so there is always a newest one.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { appendOnly } from './append-only.ts';

export const FeedPosition = defineEntity({
  name: 'FeedPosition',
  tableName: 'feed_position',
  properties: {
    /** From 1, without gaps. The row of position 0 stands for the place before the first change. */
    position: p.bigint('number').primary().autoincrement(false),
    /** Of the log. No foreign key: it would be checked row by row. */
    logId: p.bigint('number'),
    /** 32 random bits: see src/feed/place.ts. */
    fingerprint: p.integer(),
    /** The sequencer has looked at all ids up to this one. On the last row of each batch, as are the next three. */
    seen: p.bigint('number').nullable(),
    /** Ids up to `seen` that no row had yet: of transactions that have not committed, or that were rolled back. */
    missing: p.string().columnType('int8multirange').nullable(),
    /** Missing ids up to this one never come once no transaction before `settlesAt` runs any more. */
    settlesTo: p.bigint('number').nullable(),
    settlesAt: p.string().columnType('xid8').nullable(),
  },
  uniques: [{ name: 'feed_position_log_id_unique', properties: ['logId'] }],
  triggers: [appendOnly('feed_position')],
});

export type FeedPosition = InferEntity<typeof FeedPosition>;
