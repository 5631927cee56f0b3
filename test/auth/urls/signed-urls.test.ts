// What a signature is good for: one file, one action, a time; and by which secret.
import { createSecretKey, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Grant, SignedUrls, UrlExpired } from '../../../src/auth/urls/signed-urls.ts';
import type { SigningKey } from '../../../src/auth/urls/signing-secrets.ts';
import { SignInUnavailable, Unauthenticated } from '../../../src/auth/unauthenticated.ts';

const GRANT: Grant = {
  tenant: 'red & "blue" \u{1f4a1}',
  fileId: '0190a5b0-0000-7000-8000-000000000001',
  action: 'read',
};

const keyOf = (id: number): SigningKey => ({ id, key: createSecretKey(randomBytes(32)) });

let now: number;
let keys: SigningKey[];
let reads: number;
let urls: SignedUrls;
beforeEach(async () => {
  now = 1_800_000_000_000;
  keys = [keyOf(1)];
  reads = 0;
  const readKeys = (): Promise<SigningKey[]> => {
    reads += 1;
    return Promise.resolve(keys);
  };
  urls = new SignedUrls({ clock: { now: () => now }, ttlSeconds: 3_600, readKeys });
  await urls.refresh();
});

const sign = (grant: Grant = GRANT, seconds?: number): string => urls.sign(grant, seconds).slice('signature='.length);
const verify = (signature: string, { fileId, action }: Grant = GRANT) => urls.verify(signature, fileId, action);

it('stands for its tenant, in no role, until it expires', async () => {
  expect(await verify(sign())).toEqual({
    subject: 'system:signed-url',
    tenant: GRANT.tenant,
    roles: [],
    expiresAt: now + 3_600_000,
  });
  const short = sign(GRANT, 5);
  now += 4_999;
  expect(await verify(short)).toMatchObject({ tenant: GRANT.tenant });
  now += 1;
  await expect(verify(short)).rejects.toBeInstanceOf(UrlExpired);
  await expect(verify(short)).rejects.toThrow(/^URL_EXPIRED: ask for a new one/);
});

it('survives a URL as it is', () => {
  const query = urls.sign(GRANT);
  expect(new URL(`http://here/files/x?${query}`).searchParams.get('signature')).toBe(sign());
});

describe('is refused', () => {
  it('for another file, and for another action', async () => {
    await expect(verify(sign(), { ...GRANT, fileId: GRANT.fileId.replace('1', '2') })).rejects.toThrow(Unauthenticated);
    await expect(verify(sign(), { ...GRANT, action: 'upload' })).rejects.toThrow(Unauthenticated);
  });

  it('with any character changed, dropped or added, and says the same of each', async () => {
    const good = sign();
    const changed = Array.from(
      good,
      (letter, at) => `${good.slice(0, at)}${letter === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`,
    );
    // The last characters of a tenant and of a MAC have bits to spare.
    const twins = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', (letter) =>
      good.replace(/.$/, letter),
    ).filter((twin) => twin !== good);
    const others = [...changed, ...twins, good.slice(1), good.slice(0, -1), `${good}A`, '', 'a', good.repeat(100)];
    for (const other of others) {
      const error: unknown = await verify(other).catch((thrown: unknown) => thrown);
      expect(error, other).toBeInstanceOf(Unauthenticated);
      expect(error, other).not.toBeInstanceOf(UrlExpired);
      expect((error as Error).message).toBe('A valid token or API key is required.');
    }
  });

  it('with a later expiry or another tenant written into it', async () => {
    const [id, expires, , mac] = sign().split('.');
    const tenant = Buffer.from('blue').toString('base64url');
    await expect(verify([id, expires, tenant, mac].join('.'))).rejects.toThrow(Unauthenticated);
    const own = Buffer.from(GRANT.tenant).toString('base64url');
    await expect(verify([id, String(Number(expires) + 1), own, mac].join('.'))).rejects.toThrow(Unauthenticated);
  });
});

it('cannot be checked while the database is away and another replica may have signed it', async () => {
  const readKeys = (): Promise<SigningKey[]> => Promise.reject(new Error('Connection terminated unexpectedly'));
  const cut = new SignedUrls({ clock: { now: () => now }, ttlSeconds: 10, readKeys });
  const signature = sign().replace(/^1/, '2');
  await expect(cut.verify(signature, GRANT.fileId, GRANT.action)).rejects.toBeInstanceOf(SignInUnavailable);
});

describe('a new secret', () => {
  it('signs from then on, and what the last one signed works on', async () => {
    const old = sign();
    keys = [keyOf(2), ...keys];
    await urls.refresh();
    expect(sign().startsWith('2.')).toBe(true);
    expect(await verify(old)).toMatchObject({ tenant: GRANT.tenant });
    keys = keys.slice(0, 1);
    await urls.refresh();
    await expect(verify(old)).rejects.toThrow(Unauthenticated);
  });

  it('is read when another replica has signed with it, once a second', async () => {
    const other = new SignedUrls({ clock: { now: () => now }, ttlSeconds: 10, readKeys: () => Promise.resolve(keys) });
    keys = [keyOf(2), ...keys];
    await other.refresh();
    const signature = other.sign(GRANT).slice('signature='.length);
    now += 2_000;
    expect(await verify(signature)).toMatchObject({ tenant: GRANT.tenant });
    expect(reads).toBe(2);
    for (let id = 3; id < 100; id += 1) await verify(signature.replace(/^2/, String(id))).catch(() => undefined);
    expect(reads).toBe(2);
  });
});
