// Removes the bytes that nobody needs any more: of deleted and reset files, of uploads whose digest was wrong, of writers
// that died before anything of theirs was acknowledged. Store first, row last: whatever dies in between is done again.
import { Repeat } from '../jobs/repeat.ts';
import type { Logger } from '../log.ts';
import type { ByteStore } from './byte-store.ts';
import type { SegmentRows } from './segment-rows.ts';

const EVERY_MS = 1_000;
const BATCH = 100;

export function sweepDiscarded(rows: SegmentRows, store: ByteStore, log: Logger): Repeat {
  return new Repeat({ name: 'sweep', everyMs: EVERY_MS, log }, async (signal) => {
    let found: number;
    do {
      const ids = await rows.findDiscarded(BATCH);
      found = ids.length;
      for (const id of ids) await store.removeSegment(id);
      if (found > 0) await rows.forget(ids);
    } while (found === BATCH && !signal.aborted);
  });
}
