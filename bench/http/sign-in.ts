// What sign-in costs a request: processor time of the program with a token or an API key against one without sign-in, for
// the smallest query, of which it is the largest share. Both get the same header.
import { SignJWT } from 'jose';
import type { Bench, Report, Target } from '../bench.ts';
import { readCpuSeconds } from '../host/cpu-time.ts';
import type { Testbed } from '../host/testbed.ts';
import type { Waybill } from '../host/waybill.ts';
import { figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { Worker } from '../workers/worker.ts';
import type { LoadCalls } from './load.ts';

const SECRET = 'a secret for the bench, of more than 32 bytes';
const JWT = { WAYBILL_AUTH: 'jwt', WAYBILL_JWT_SECRET: SECRET };
const CONNECTIONS = 16;
const COST: Target = { of: 'ratio', wanted: 'at most', bar: 1.1, aim: null };

/** As long as those of identity providers are. */
function makeToken(): Promise<string> {
  const claims = { sub: 'bench', tenant: 'local', roles: ['admin'], permissions: ['read:everything '.repeat(30)] };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1 day')
    .sign(new TextEncoder().encode(SECRET));
}

async function makeKey(url: string, token: string): Promise<string> {
  const query =
    'mutation { createApiKey(input: { name: "bench", roles: [ADMIN] }) { ... on CreateApiKeySuccess { secret } } }';
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data: { createApiKey: { secret: string } } };
  return data.createApiKey.secret;
}

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('sign_in');
  await using open = await testbed.startWaybill(database);
  await using closed = await testbed.startWaybill(database, { env: JWT });
  await using load = new Worker<LoadCalls>('http/load.ts');
  const token = await makeToken();
  const key = await makeKey(closed.url, token);

  /** Microseconds of processor time a request. */
  const costOf = async (waybill: Waybill, credential: string): Promise<number> => {
    const plan = {
      kind: 'same',
      query: '{ __typename }',
      expect: '"Query"',
      authorization: `Bearer ${credential}`,
    } as const;
    const before = await readCpuSeconds(waybill.pid);
    const { answered } = await load.call('run', {
      url: waybill.url,
      connections: CONNECTIONS,
      seconds: testbed.seconds / 2,
      plan,
    });
    const after = await readCpuSeconds(waybill.pid);
    if (before === null || after === null) throw new Error('this system does not tell the processor time of a process');
    return ((after - before) * 1e6) / answered;
  };
  const samples = await takeTurns(testbed, {
    none: () => costOf(open, token),
    token: () => costOf(closed, token),
    key: () => costOf(closed, key),
  });
  const baseline = { name: 'without sign-in', samples: samples.none };
  const unit = 'µs of processor time';
  return {
    figures: [
      figureOf({ what: 'a request with a token', unit, subject: samples.token, baseline, target: COST }),
      figureOf({ what: 'a request with an API key', unit, subject: samples.key, baseline, target: COST }),
    ],
    curves: [],
    notes: ['The smallest query, { __typename }, without the database: of any other, sign-in is a smaller share.'],
  };
}

export const signIn: Bench = { name: 'sign-in', title: 'Sign-in: what a credential costs', measure };
