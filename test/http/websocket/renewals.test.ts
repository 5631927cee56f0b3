// Pings with fresh tokens that are checked in another order than they came in.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { Principal } from '../../../src/auth/principal.ts';
import type { SocketContext } from '../../../src/http/websocket/connection.ts';
import { renewSocket } from '../../../src/http/websocket/sign-in.ts';
import { SignIn } from '../../../src/http/sign-in.ts';

const until = (expiresAt: number): Principal => ({ subject: 'ann', tenant: 'red', roles: ['viewer'], expiresAt });

it('the right of the last ping holds, though an earlier one was checked after it', async () => {
  const renewed: Principal[] = [];
  const extra = {
    principal: until(1_000),
    renewals: { begun: 0, done: 0 },
    right: { renew: (principal: Principal) => void renewed.push(principal), release: () => undefined },
  } as unknown as SocketContext;
  const checks: ((principal: Principal) => void)[] = [];
  const options = {
    authenticate: () => new Promise<Principal>((resolve) => checks.push(resolve)),
    signIn: new SignIn(pino({ level: 'silent' })),
  };
  const ping = () => renewSocket(extra, { authorization: 'Bearer x' }, options as never);
  const [earlier, later] = [ping(), ping()];
  checks[1]!(until(3_000));
  expect(await later).toEqual({ expiresAt: '1970-01-01T00:00:03.000Z' });
  checks[0]!(until(2_000));
  expect(await earlier, 'of the right that holds').toEqual({ expiresAt: '1970-01-01T00:00:03.000Z' });
  expect(extra.principal).toEqual(until(3_000));
  expect(renewed).toEqual([until(3_000)]);
  const next = ping();
  checks[2]!(until(2_500));
  expect(await next, 'the last, though it ends sooner').toEqual({ expiresAt: '1970-01-01T00:00:02.500Z' });
});
