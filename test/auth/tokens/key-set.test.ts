// The keys of a provider: fetched seldom, rotated, kept while the provider is away, and never taken from anywhere but the set.
import { type JSONWebKeySet, decodeProtectedHeader, errors } from 'jose';
import { pino } from 'pino';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { KeySet } from '../../../src/auth/tokens/key-set.ts';
import { SignInUnavailable } from '../../../src/auth/unauthenticated.ts';
import { type Signer, createSigner } from '../../support/sign-in.ts';

const MINUTE = 60_000;

let one: Signer;
let two: Signer;
beforeAll(async () => {
  [one, two] = await Promise.all([createSigner('ES256', 'one'), createSigner('EdDSA', 'two')]);
});

let now = 0;
let fetches = 0;
let served: Signer[] | Error = [];
let keySet: KeySet;
beforeEach(() => {
  now = 0;
  fetches = 0;
  const fetch = (): Promise<JSONWebKeySet> => {
    fetches += 1;
    if (served instanceof Error) return Promise.reject(served);
    return Promise.resolve({ keys: served.map(({ jwk }) => jwk) });
  };
  keySet = new KeySet({ fetch, log: pino({ level: 'silent' }), now: () => now });
});

async function find(signer: Signer): Promise<string> {
  const token = await signer.sign();
  const [protectedHeader = '', payload = '', signature = ''] = token.split('.');
  const header = decodeProtectedHeader(token) as { alg: string };
  await keySet.find(header, { protected: protectedHeader, payload, signature });
  return 'found';
}

it('are fetched once for all who ask at first, and then kept', async () => {
  served = [one, two];
  expect(await Promise.all([find(one), find(two), find(one)])).toEqual(['found', 'found', 'found']);
  expect(fetches).toBe(1);
  now += 4 * MINUTE;
  await find(two);
  expect(fetches).toBe(1);
  now += 2 * MINUTE;
  await find(two);
  expect(fetches, 'refreshed when they are old').toBe(2);
  expect(keySet.generation, 'the same keys').toBe(1);
});

it('a key that is not among them is looked for once more, not more than once in two seconds', async () => {
  served = [one];
  await find(one);
  now += 3_000;
  await expect(Promise.all(Array.from({ length: 50 }, () => find(two)))).rejects.toBeInstanceOf(
    errors.JWKSNoMatchingKey,
  );
  expect(fetches).toBe(2);
  served = [two];
  now += 3_000;
  expect(await find(two)).toBe('found');
  expect(fetches).toBe(3);
  expect(keySet.generation).toBe(2);
  now += 3_000;
  await expect(find(one), 'withdrawn').rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
});

it('while the provider is away the keys at hand go on working, for a day', async () => {
  served = [one];
  await find(one);
  served = new Error('away');
  now += 60 * MINUTE;
  expect(await find(one)).toBe('found');
  now += 22 * 60 * MINUTE;
  expect(await find(one)).toBe('found');
  now += 2 * 60 * MINUTE;
  await expect(find(one)).rejects.toBeInstanceOf(SignInUnavailable);
});

it('without any, it is not the token that is at fault; and the provider is left in peace', async () => {
  served = new Error('away');
  await expect(find(one)).rejects.toBeInstanceOf(SignInUnavailable);
  await expect(find(one)).rejects.toBeInstanceOf(SignInUnavailable);
  expect(fetches).toBe(1);
  served = [one];
  now += 3_000;
  expect(await find(one)).toBe('found');
});
