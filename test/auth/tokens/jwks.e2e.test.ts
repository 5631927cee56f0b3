// Tokens of an identity provider: every algorithm, rotation under load, and providers that answer with what they should not.
import { type ServerResponse, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { SignJWT, exportSPKI, importJWK } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from '../../support/instance.ts';
import {
  AUDIENCE,
  ISSUER,
  type Provider,
  createSigner,
  inSeconds,
  startProvider,
  statusAs,
} from '../../support/sign-in.ts';
import { until } from '../../support/until.ts';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function start(provider: Pick<Provider, 'env' | 'stop'>): Promise<Instance> {
  opened.push(() => provider.stop());
  const waybill = await startInstance({ env: provider.env });
  opened.push(() => waybill.stop());
  return waybill;
}

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

it('tokens of RS256, ES256 and EdDSA are verified, and held to issuer and audience', async () => {
  const signers = await Promise.all(ALGORITHMS.map((alg) => createSigner(alg, alg)));
  const provider = await startProvider(...signers);
  const { url } = await start(provider);
  for (const signer of signers) {
    expect(await statusAs(url, await signer.sign())).toBe(200);
    expect(await statusAs(url, await signer.sign({ iss: 'https://other.example.com/' }))).toBe(401);
    expect(await statusAs(url, await signer.sign({ aud: 'https://other.example.com' }))).toBe(401);
    expect(await statusAs(url, await signer.sign({ exp: inSeconds(-60) }))).toBe(401);
  }
  expect(provider.asked).toBe(1);
});

it('a public key is not taken for a secret, nor a name of a key for a place to find one', async () => {
  const [signer, stranger] = [await createSigner('RS256', 'known'), await createSigner('RS256', 'known')];
  const provider = await startProvider(signer);
  const { url } = await start(provider);
  expect(await statusAs(url, await stranger.sign())).toBe(401);
  // All of it is right but the algorithm, under every form in which the public key is known.
  const pem = await exportSPKI((await importJWK(signer.jwk, 'RS256')) as CryptoKey);
  const claims = { sub: 'ann', tenant: 'red', roles: ['admin'], iss: ISSUER, aud: AUDIENCE, exp: inSeconds(60) };
  for (const publicKey of [pem, pem.trim(), JSON.stringify(signer.jwk), String(signer.jwk['n'])]) {
    for (const header of [{ alg: 'HS256', kid: 'known' }, { alg: 'HS256' }]) {
      const confused = new SignJWT(claims).setProtectedHeader(header).sign(new TextEncoder().encode(publicKey));
      expect(await statusAs(url, await confused)).toBe(401);
    }
  }
  const { asked } = provider;
  for (const kid of ['../../../dev/null', `${provider.url}?x`, "' or 1=1", 'x'.repeat(2_000)]) {
    expect(await statusAs(url, await stranger.sign({}, { kid, jku: provider.url, jwk: stranger.jwk }))).toBe(401);
  }
  expect(provider.asked - asked, 'only ever the one URL').toBeLessThanOrEqual(4);
  expect(await statusAs(url, await signer.sign())).toBe(200);
});

it('keys that are rotated under load cost no good token its request', async () => {
  const signers = await Promise.all(Array.from({ length: 4 }, (_, at) => createSigner('ES256', `key ${at}`)));
  const provider = await startProvider(signers[0]!);
  const { url } = await start(provider);
  const refused: number[] = [];
  let current = signers[0]!;
  const over = new AbortController();
  const load = Array.from({ length: 4 }, async () => {
    for (let at = 0; !over.signal.aborted; at += 1) {
      const status = await statusAs(url, await current.sign({ jti: String(at) }));
      if (status !== 200) refused.push(status);
    }
  });
  try {
    for (const next of signers.slice(1)) {
      // As providers do it: the new key is published, the old one stays for tokens that are on their way.
      const { asked } = provider;
      provider.keys = [next.jwk, current.jwk];
      current = next;
      await until(
        () => provider.asked,
        (now) => now > asked,
      );
    }
  } finally {
    over.abort();
    await Promise.all(load);
  }
  expect(refused).toEqual([]);
});

const BAD: readonly (readonly [string, string, (response: ServerResponse, url: string) => void])[] = [
  [
    'of 10 MiB',
    'more than 262144 bytes',
    (response) => response.writeHead(200).end(`{"keys":[],"x":"${'x'.repeat(10 * 2 ** 20)}"}`),
  ],
  ['that never ends', 'did not answer within 5 s', (response) => void response.writeHead(200).write('{')],
  ['that hangs', 'did not answer within 5 s', () => undefined],
  ['that redirects', 'status 302', (response, url) => response.writeHead(302, { location: url }).end()],
  ['that is not JSON', 'not JSON', (response) => response.writeHead(200).end('<html>')],
  ['that is not a key set', 'no list', (response) => response.writeHead(200).end('[]')],
  ['that fails', 'status 500', (response) => response.writeHead(500).end()],
];

describe('a provider', () => {
  it.each(BAD)('%s gets nobody in, and the log says why', async (_what, reason, answer) => {
    const server = createServer((_request, response) => answer(response, here));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const signer = await createSigner('ES256', 'key');
    const env = { WAYBILL_AUTH: 'jwt', WAYBILL_JWKS_URL: here, WAYBILL_JWT_ISSUER: 'i', WAYBILL_JWT_AUDIENCE: 'a' };
    const stop = async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    const { url, log } = await start({ env, stop });
    expect(await statusAs(url, await signer.sign({ iss: 'i', aud: 'a' }))).toBe(503);
    expect(await statusAs(url, null)).toBe(401);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(JSON.stringify(log.filter(({ msg }) => msg.includes('WAYBILL_JWKS_URL')))).toContain(reason);
  });
});
