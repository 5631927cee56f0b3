// Signatures of the Standard Webhooks specification 1.0 (https://www.standardwebhooks.com): HMAC-SHA256 of the id, the time and
// the body, so that a receiver knows who sent a message, that it is whole, and that it is not an old one.
import { type KeyObject, createHmac, createSecretKey, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;

export const makeSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64');

/** Made once for a secret: given bytes, Node makes a key for each signature, which takes 8 of its 10 µs. */
export const keyOf = (secret: string): KeyObject => createSecretKey(secret.slice(PREFIX.length), 'base64');

export interface Signed {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/** The value of `webhook-signature`: one signature by each key, so that a receiver may know either. */
export function signatureOf({ id, timestamp, body }: Signed, keys: readonly KeyObject[]): string {
  const content = `${id}.${timestamp}.${body}`;
  return keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`).join(' ');
}
