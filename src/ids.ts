// Ids: creates UUIDv7s (RFC 9562), and encodes ids for clients. A global id is opaque to clients, unique across types, and
// readable in a log: `file_<uuid>`, `transition_<file uuid>_<version>`, `apikey_<uuid>`, `webhook_<uuid>`,
// `webhookdelivery_<webhook uuid>_<position>_<fingerprint>`.
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
const POOL_BYTES = 4_096;
/** The sequence within a millisecond has 32 bits and starts below half, so that it has room to count. */
const FIRST_SEQUENCE = 2 ** 31;

/**
 * Creates ids that sort in the order of creation, also within a millisecond. The uuid package asks the kernel for 16
 * random bytes per id, which is most of the cost of an id; this function asks for 4 KiB at a time.
 */
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
      seq += 1; // also while the clock, having been set back, catches up
    }
    return v7({ random, msecs, seq });
  };
}

/** A transition is identified by its file and by the version of the file after it. */
export interface TransitionKey {
  readonly fileId: string;
  readonly version: number;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NODE_ID = new RegExp(
  `^(?:file_(${UUID})|transition_(${UUID}_[1-9]\\d{0,8})|apikey_(${UUID})|webhook_(${UUID})|` +
    `webhookdelivery_(${UUID}_[1-9]\\d{0,14}_[0-9a-f]{8}))$`,
);
const TYPES = ['File', 'Transition', 'ApiKey', 'Webhook', 'WebhookDelivery'] as const;

/** The name of the type in lower case, and the id within the type. Used by the relay plugin of Pothos. */
export const encodeId = (typename: string, id: string | number | bigint): string => `${typename.toLowerCase()}_${id}`;

/** A malformed id gets an empty type name, so that it is answered like the id of something that does not exist. */
export function decodeId(globalId: string): { typename: (typeof TYPES)[number] | ''; id: string } {
  const [, ...ids] = NODE_ID.exec(globalId) ?? [];
  const at = ids.findIndex((each) => each !== undefined);
  return at === -1 ? { typename: '', id: globalId } : { typename: TYPES[at]!, id: ids[at]! };
}

/** The UUID in the global id of a file; null for any other text. */
export function decodeFileId(globalId: string): string | null {
  const { typename, id } = decodeId(globalId);
  return typename === 'File' ? id : null;
}

export const transitionKey = ({ fileId, version }: TransitionKey): string => `${fileId}_${version}`;

/** The inverse of `transitionKey`. */
export function parseTransitionKey(key: string): TransitionKey {
  const [fileId = '', version] = key.split('_');
  return { fileId, version: Number(version) };
}
