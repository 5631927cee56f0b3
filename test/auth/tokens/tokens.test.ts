// What is remembered of tokens that were verified: never longer than the keys that they were verified with.
import { BlockList } from 'node:net';
import { type JSONWebKeySet } from 'jose';
import { pino } from 'pino';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { JwtConfig } from '../../../src/config-auth.ts';
import { KeySet } from '../../../src/auth/tokens/key-set.ts';
import { Tokens } from '../../../src/auth/tokens/tokens.ts';
import { Unauthenticated } from '../../../src/auth/unauthenticated.ts';
import { SECRET, type Signer, createSigner, sign } from '../../support/sign-in.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
const CLAIMS = { subject: { claim: 'sub' }, tenant: { claim: 'tenant' }, roles: { claim: 'roles' } };
const clock = { now: () => Date.now() };

const settings = (secret: Buffer | null): JwtConfig => ({
  secret,
  jwksUrl: null,
  jwksAllow: new BlockList(),
  issuer: null,
  audience: null,
  claims: CLAIMS,
  defaultTenant: null,
  defaultRole: null,
});

let one: Signer;
let two: Signer;
beforeAll(async () => {
  [one, two] = await Promise.all([createSigner('RS256', 'one'), createSigner('RS256', 'two')]);
});

let now = 0;
let served: Signer[] = [];
let keySet: KeySet;
let tokens: Tokens;
beforeEach(() => {
  now = 0;
  served = [one];
  const fetch = (): Promise<JSONWebKeySet> => Promise.resolve({ keys: served.map(({ jwk }) => jwk) });
  keySet = new KeySet({ fetch, log: pino({ level: 'silent' }), now: () => now });
  tokens = new Tokens({ settings: settings(null), keySet, clock });
});

it('a remembered token is noticed to be of a key that was withdrawn, though no other token ever comes', async () => {
  const token = await one.sign();
  await tokens.verify(token);
  served = [two];
  now += 6 * MINUTE;
  await tokens.verify(token);
  await until(
    () => keySet.generation,
    (generation) => generation === 2,
  );
  await expect(tokens.verify(token)).rejects.toBeInstanceOf(Unauthenticated);
});

it('a token whose key is withdrawn while its signature is checked is not remembered as one of the new keys', async () => {
  await tokens.verify(await one.sign());
  served = [two];
  now += 6 * MINUTE;
  const token = await one.sign({ sub: 'bob' });
  // It begins to fetch the keys, and is checked with those at hand.
  await tokens.verify(token);
  await until(
    () => keySet.generation,
    (generation) => generation === 2,
  );
  await expect(tokens.verify(token)).rejects.toBeInstanceOf(Unauthenticated);
});

it.each([1e13, 1e300, 1e306])('exp: %d is the last time that can be said', async (exp) => {
  const withSecret = new Tokens({ settings: settings(Buffer.from(SECRET)), keySet: null, clock });
  const { expiresAt } = await withSecret.verify(await sign({ exp }));
  expect(new Date(expiresAt!).toISOString()).toBe('9999-12-31T23:59:59.000Z');
});

it('a token that was verified by the keys of today is remembered', async () => {
  const token = await one.sign();
  await tokens.verify(token);
  const principal = await tokens.verify(token);
  expect(await tokens.verify(token), 'the same object').toBe(principal);
});
