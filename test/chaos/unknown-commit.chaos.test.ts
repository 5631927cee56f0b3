// What stands between the program and PostgreSQL breaks at COMMIT and reports it in words of its own: a pooler that has lost
// its server, a resolver that no longer knows the host. No command is lost, done twice or refused for having happened.
import dns from 'node:dns';
import { afterEach, expect, it, vi } from 'vitest';
import { COMMIT_MESSAGE } from '../support/commit-message.ts';
import { type Bench, PATIENT, bring, readLog, registration, sending, startLifecycle } from '../support/lifecycle.ts';
import { type PgBouncer, hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { type MatchAction, type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const ROUNDS = 3;
const FILES = 20;
const CUTS: MatchAction[] = ['cutBefore', 'cutAfter'];
const COMMIT = { pattern: COMMIT_MESSAGE };

let bench: Bench | undefined;
let proxy: TcpProxy | undefined;
let pooler: PgBouncer | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await proxy?.restore();
  await bench?.stop();
  await pooler?.stop();
  await proxy?.close();
  bench = proxy = pooler = undefined;
});

/** One batch: START_UPLOAD for each file, and a registration with a key. @returns the outcomes */
async function moveAll({ lifecycle }: Bench, ids: readonly string[], key: string): Promise<string[]> {
  const commands = [...ids.map((id) => sending(id, 'START_UPLOAD')), registration({ idempotencyKey: key })];
  return (await lifecycle.execute<'transition' | 'register'>(commands)).map(({ outcome }) => outcome);
}

async function expectOneEffect({ database }: Bench, ids: readonly string[], key: string): Promise<void> {
  for (const id of ids) expect(await readLog(database, id)).toHaveLength(2);
  expect(await database.query('select from idempotency_record where key = $1', [key])).toHaveLength(1);
}

const expectedOutcomes = [...Array.from({ length: FILES }, () => 'transitioned'), 'registered'];

it.skipIf(!hasPgBouncer).each(CUTS)('PgBouncer loses its server at COMMIT (%s)', async (cut) => {
  bench = await startLifecycle({
    limits: PATIENT,
    through: async (url) => {
      const { username, password, pathname } = new URL(url);
      proxy = await startTcpProxy(url);
      pooler = await startPgBouncer({ mode: 'session', port: proxy.port, user: username, password });
      return pooler.url(pathname.slice(1));
    },
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    const ids = await Promise.all(Array.from({ length: FILES }, () => bring(bench!.lifecycle)));
    const before = proxy!.matches;
    proxy!.atMatch(COMMIT, cut);
    expect(await moveAll(bench, ids, `round ${round}`)).toEqual(expectedOutcomes);
    expect(proxy!.matches, 'commits cut').toBe(before + 1);
    await expectOneEffect(bench, ids, `round ${round}`);
  }
});

type LookupDone = (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void;

const RESOLVER_ERRORS = ['ENOTFOUND', 'EAI_AGAIN'];

it.each(RESOLVER_ERRORS)('the host name no longer resolves after a COMMIT was cut (%s)', async (code) => {
  let isBack = false;
  let failures = 0;
  const { lookup } = dns;
  // The resolver of this machine cannot be taken away: Node's is replaced for the one name.
  const resolve = (host: string, options: dns.LookupAllOptions, done: LookupDone): void => {
    if (host !== 'waybill.test') return lookup(host, options, done);
    // Gone from the cut on, not before: a batch may need a connection that is not open yet.
    if (proxy!.matches === 0 || isBack) return lookup('127.0.0.1', options, done);
    failures += 1;
    setImmediate(done, Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, syscall: 'getaddrinfo' }), []);
  };
  vi.spyOn(dns, 'lookup').mockImplementation(resolve as typeof dns.lookup);
  bench = await startLifecycle({
    limits: PATIENT,
    through: async (url) => {
      proxy = await startTcpProxy(url);
      return Object.assign(new URL(proxy.urlThrough(url)), { hostname: 'waybill.test' }).href;
    },
  });
  const ids = await Promise.all(Array.from({ length: FILES }, () => bring(bench!.lifecycle)));
  // The idle connections of the pool as well: to ask, it has to look up the name.
  proxy!.atMatch(COMMIT, 'cutAllAfter');
  const answers = moveAll(bench, ids, 'key');
  await until(
    () => failures,
    (count) => count >= 5,
  );
  isBack = true;
  expect(await answers).toEqual(expectedOutcomes);
  await expectOneEffect(bench, ids, 'key');
});
