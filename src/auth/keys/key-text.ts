// The text of an API key: `wbk_`, the id of its row, and a secret of 256 random bits. Only a digest of the text is stored.
// One round of SHA-256 is enough for it: slow hashes (bcrypt, Argon2) protect secrets that people choose, which can be
// guessed; of 2^256 secrets none can be, however fast the hash is. And a slow hash would be work that anybody can cause.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;
const KEY = /^wbk_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_[\w-]{43}$/;

/** Whether it is meant as an API key. */
export const looksLikeKey = (text: string): boolean => text.startsWith('wbk_');

/** @param id UUID */
export const makeKey = (id: string): string =>
  `wbk_${id.replaceAll('-', '')}_${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** The id in a key's text; null for a text that cannot be one. */
export function idOfKey(text: string): string | null {
  const [, ...groups] = KEY.exec(text) ?? [];
  return groups.length === 0 ? null : groups.join('-');
}

/** Hex. Of the whole text, as of the decoded secret several texts would be the same. */
export const digestOf = (text: string): string => hash('sha256', text, 'hex');

/** Takes as long for every key. @param digest null when there is no such row */
export function isKeyOf(text: string, digest: string | null): boolean {
  const given = Buffer.from(digestOf(text), 'hex');
  const isSame = timingSafeEqual(given, Buffer.from(digest ?? '0'.repeat(64), 'hex'));
  return isSame && digest !== null;
}
