// Seals what replicas tell each other over NATS, so that no other client of the NATS server can read it or make it up. The key
// comes from the secret of the database that signed URLs come from too (src/auth/urls/signing-secrets.ts), and from what tells this
// database, as it stands on this server now, from every copy of it: a copy has the secret and the identity of the feed
// too, and its changes could follow the very place at which this one stands (docs/adr/0027).
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { readSigningKeys } from '../../auth/urls/signing-secrets.ts';
import { asService } from '../../db/scope.ts';

/** The number is that of the form of what is sealed: another one cannot be opened. Raise it with each change of the form. */
const PURPOSE = 'waybill signals, version 1';

const CIPHER = 'aes-256-gcm';
const SALT_BYTES = 16;
const TAG_BYTES = 16;
/** Each key seals one message. */
const NONCE = Buffer.alloc(12);

/** What a sealed message is longer than its text. */
export const SEAL_BYTES = SALT_BYTES + TAG_BYTES;

export class Seal {
  /** Whose signals these are. */
  readonly feedId: string;
  readonly #key: Buffer;

  /** @param database other copies of the database have another one */
  constructor(feedId: string, key: Buffer, database: string) {
    this.feedId = feedId;
    this.#key = createHmac('sha256', key).update(database).digest();
  }

  isSame(other: Seal): boolean {
    return this.feedId === other.feedId && this.#key.equals(other.#key);
  }

  /** @param topic what kind of message it is: it cannot be opened as another one */
  close(topic: string, text: Buffer): Buffer {
    const salt = randomBytes(SALT_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keyOf(topic, salt), NONCE);
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return Buffer.concat([salt, sealed, cipher.getAuthTag()]);
  }

  /** Null: it is not from a replica on this database, or was changed on the way. */
  open(topic: string, message: Uint8Array): string | null {
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    if (bytes.length < SEAL_BYTES) return null;
    const decipher = createDecipheriv(CIPHER, this.#keyOf(topic, bytes.subarray(0, SALT_BYTES)), NONCE, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(SALT_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString();
    } catch {
      return null;
    }
  }

  #keyOf(topic: string, salt: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(salt).update(topic).digest();
  }
}

// A copy on another server was not started in the same microsecond; one on this server has another directory, and a table that a
// restore has made anew has another file.
const IDENTIFY = `select feed_id, concat_ws(' ', feed_id, extract(epoch from pg_postmaster_start_time()),
  pg_relation_filepath('feed_position')) as database from feed_head`;

export async function readSeal(pool: Pool): Promise<Seal> {
  const [key] = await readSigningKeys(pool, PURPOSE);
  const { rows } = await asService(() => pool.query<{ feed_id: string; database: string }>(IDENTIFY));
  const [row] = rows;
  if (key === undefined || row === undefined) throw new TypeError('the feed has no head, or no secret');
  return new Seal(row.feed_id, key.key, row.database);
}
