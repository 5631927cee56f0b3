// Seals what replicas tell each other over NATS, so that no other client of the NATS server can read it or make it up. The key
// comes from the secret of the database that signed URLs come from too (src/auth/urls/signing-secrets.ts), and from what tells this
// database, as it stands on this server now, from every copy of it: a copy has the secret and the identity of the feed
// too, and its changes could follow the very place at which this one stands (docs/adr/0027).
import {
  type KeyObject,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
} from 'node:crypto';
import type { Pool } from 'pg';
import { readSigningKeys } from '../../auth/urls/signing-secrets.ts';
import { asService } from '../../db/scope.ts';

/** The number is that of the form of what is sealed: another one cannot be opened. Raise it with each change of the form. */
const PURPOSE = 'waybill signals, version 1';

const CIPHER = 'aes-256-gcm';
/** Names a sender: each has a key of its own, for which it counts its messages. So no nonce repeats. */
const SALT_BYTES = 16;
const COUNT_BYTES = 6;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_SENDERS = 1_000;

/** What a sealed message is longer than its text. */
export const SEAL_BYTES = SALT_BYTES + COUNT_BYTES + TAG_BYTES;

export class Seal {
  /** Whose signals these are. */
  readonly feedId: string;
  readonly #master: Buffer;
  readonly #key: KeyObject;
  readonly #salt = randomBytes(SALT_BYTES);
  readonly #own: KeyObject;
  #sealed = 0;
  /** Keys of others, by their salt: to make one takes longer than to open a message. */
  readonly #senders = new Map<string, KeyObject>();

  /** @param database other copies of the database have another one */
  constructor(feedId: string, key: KeyObject, database: string) {
    this.feedId = feedId;
    this.#master = createHmac('sha256', key).update(database).digest();
    this.#key = createSecretKey(this.#master);
    this.#own = this.#keyOf(this.#salt);
  }

  isSame(other: Seal): boolean {
    return this.feedId === other.feedId && this.#master.equals(other.#master);
  }

  /** @param topic what kind of message it is: it cannot be opened as another one */
  close(topic: string, text: Buffer): Buffer {
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUIntBE((this.#sealed += 1), NONCE_BYTES - COUNT_BYTES, COUNT_BYTES);
    const cipher = createCipheriv(CIPHER, this.#own, nonce);
    cipher.setAAD(Buffer.from(topic));
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return Buffer.concat([this.#salt, nonce.subarray(-COUNT_BYTES), sealed, cipher.getAuthTag()]);
  }

  /** Null: it is not from a replica on this database, or was changed on the way. */
  open(topic: string, message: Uint8Array): string | null {
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    if (bytes.length < SEAL_BYTES) return null;
    const salt = bytes.subarray(0, SALT_BYTES);
    const sender = salt.toString('latin1');
    const key = this.#senders.get(sender) ?? this.#keyOf(salt);
    const nonce = Buffer.alloc(NONCE_BYTES);
    bytes.copy(nonce, NONCE_BYTES - COUNT_BYTES, SALT_BYTES, SALT_BYTES + COUNT_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(topic));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(SALT_BYTES + COUNT_BYTES, -TAG_BYTES));
      const whole = Buffer.concat([text, decipher.final()]).toString();
      this.#remember(sender, key);
      return whole;
    } catch {
      return null;
    }
  }

  /** Only of those who have sealed something: strangers can make up any number. */
  #remember(sender: string, key: KeyObject): void {
    if (this.#senders.has(sender)) return;
    if (this.#senders.size >= MAX_SENDERS) this.#senders.clear();
    this.#senders.set(sender, key);
  }

  #keyOf(salt: Buffer): KeyObject {
    return createSecretKey(createHmac('sha256', this.#key).update(salt).digest());
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
