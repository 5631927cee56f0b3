// The identity of the feed, and how far it was pruned: one row, written by the pruner. The newest position is that of feed-position.ts.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const FeedHead = defineEntity({
  name: 'FeedHead',
  tableName: 'feed_head',
  properties: {
    /** Always 1: a table of one row. */
    id: p.integer().primary().autoincrement(false).default(1),
    /** Identity of this feed; cursors carry it, so that one from another database is recognised. */
    feedId: p.uuid().defaultRaw('gen_random_uuid()'),
    /** The last position that was pruned: later ones can still be read. */
    trimmed: p.bigint('number').default(0),
  },
  checks: [{ name: 'feed_head_single_row', expression: 'id = 1' }],
});

export type FeedHead = InferEntity<typeof FeedHead>;
