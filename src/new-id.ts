// New ids: UUIDv7 (RFC 9562), in the order they are made, also within a millisecond. The package takes its random bytes
// from the kernel 16 at a time, which is most of what an id costs; here they come 4 KiB at a time.
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
const POOL_BYTES = 4_096;
/** Of the 32 bits that count within a millisecond, the first is left for counting. */
const FIRST_SEQUENCE = 2 ** 31;

export function createNewId(now: () => number = Date.now): () => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  let msecs = 0;
  let seq = 0;
  return () => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const random = pool.subarray(used, (used += RANDOM_BYTES));
    const time = now();
    if (time > msecs) {
      msecs = time;
      seq = random.readUInt32BE(0) % FIRST_SEQUENCE;
    } else {
      seq += 1; // a clock that was set back stands still until it has caught up
    }
    return v7({ random, msecs, seq });
  };
}
