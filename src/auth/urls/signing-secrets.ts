// The secrets behind signed URLs, in the database, so that a URL that one replica signed is accepted by all of them. What replicas
// tell each other is sealed with keys from them too (src/feed/notify/seal.ts).
import { type KeyObject, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';

/** A key derived from a secret for one purpose: nothing that is made for one passes for something of another. */
export interface SigningKey {
  readonly id: number;
  readonly key: KeyObject;
}

const SECRET_BYTES = 32;
const SIGNED_URLS = 'waybill signed URLs, version 1';

const LIST = 'select id, secret from signing_secret order by id desc';
const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** Newest first. The first replica of all makes the first. */
export async function readSigningKeys(pool: Pool, purpose = SIGNED_URLS): Promise<SigningKey[]> {
  const keys = await list(pool, purpose);
  if (keys.length > 0) return keys;
  await pool.query('insert into signing_secret (id, secret, created_at) values (1, $1, now()) on conflict do nothing', [
    newSecret(),
  ]);
  return await list(pool, purpose);
}

async function list(pool: Pool, purpose: string): Promise<SigningKey[]> {
  const { rows } = await pool.query<{ id: number; secret: string }>(LIST);
  return rows.map(({ id, secret }) => ({ id, key: deriveKey(secret, purpose) }));
}

/** RFC 5869. */
const deriveKey = (secret: string, purpose: string): KeyObject =>
  createSecretKey(
    Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64url'), Buffer.alloc(0), purpose, SECRET_BYTES)),
  );

/**
 * Signs with a new secret from now on.
 * @param keepsLast whether URLs of the last secret go on working until they expire
 */
export async function rotateSigningSecret(pool: Pool, keepsLast: boolean): Promise<void> {
  await readSigningKeys(pool);
  // One statement: it sees the rows from before it, so the new one is not among those removed.
  await pool.query(
    `with last as (select max(id) as id from signing_secret),
      removed as (delete from signing_secret s using last where s.id < last.id or not $2)
      insert into signing_secret (id, secret, created_at) select id + 1, $1, now() from last`,
    [newSecret(), keepsLast],
  );
}
