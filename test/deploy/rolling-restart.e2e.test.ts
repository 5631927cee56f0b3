// A rolling restart as docs/operations.md describes it: two replicas behind nginx, one after the other stopped and started
// again, while a client changes files and another follows them.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { type Collector, collect, readCursor } from '../support/changes.ts';
import { request } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Nginx, hasNginx, startNginx } from '../support/nginx.ts';
import { freePort } from '../support/free-port.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

const REGISTER = `mutation ($key: String!) {
  registerFile(input: { name: "a", transfer: EXTERNAL, idempotencyKey: $key }) {
    __typename ... on RegisterFileSuccess { file { id } }
  }
}`;

if (!hasNginx) process.stderr.write('No nginx: test/deploy/rolling-restart.e2e.test.ts is left out.\n');

describe.runIf(hasNginx)('a rolling restart behind nginx', { timeout: 180_000 }, () => {
  let database: TestDatabase;
  let nginx: Nginx;
  let dataDir: TemporaryDir;
  let replicas: { readonly port: number; process: WaybillProcess }[];
  let start: (port: number) => Promise<WaybillProcess>;

  beforeAll(async () => {
    database = await createDatabase();
    dataDir = await createTemporaryDir();
    start = (port) =>
      startProcess({ DATABASE_URL: database.url, WAYBILL_DATA_DIR: dataDir.path, PORT: String(port) }, 'api');
    const ports = [await freePort(), await freePort()] as const;
    replicas = await Promise.all(ports.map(async (port) => ({ port, process: await start(port) })));
    const both = `server 127.0.0.1:${ports[0]}; server 127.0.0.1:${ports[1]};`;
    nginx = await startNginx(ports[0], (text) => text.replace(`server 127.0.0.1:${ports[0]};`, both));
    setDefaultCACertificates([...getCACertificates('default'), nginx.ca]);
  }, 120_000);
  afterAll(async () => {
    for (const { process: replica } of replicas) await replica.end('SIGTERM');
    await nginx.stop();
    await database.drop();
    await dataDir.remove();
  }, 120_000);

  it('loses no change and doubles none', async () => {
    const cursor = await readCursor(nginx.url);
    const over = new AbortController();
    const follower = follow(nginx.url, cursor);
    const registered: string[] = [];
    const writing = (async () => {
      while (!over.signal.aborted) registered.push(await registerOnce(nginx.url));
    })();
    for (const replica of replicas) {
      const before = registered.length;
      expect(await replica.process.end('SIGTERM')).toEqual({ code: 0, signal: null });
      // The other one goes on alone.
      await until(
        () => registered.length,
        (count) => count > before + 5,
        60_000,
      );
      replica.process = await start(replica.port);
    }
    over.abort();
    await writing;
    const seen = await follower(registered.at(-1)!);
    expect(new Set(registered).size).toBe(registered.length);
    expect(seen).toEqual(registered);
    expect(await database.query('select count(*)::int as files from file')).toEqual([{ files: registered.length }]);
  });
});

/** One file, however often the request has to be repeated. */
async function registerOnce(url: string): Promise<string> {
  const key = randomUUID();
  for (;;) {
    try {
      const { registerFile } = await request<{ registerFile: { file: { id: string } } }>(url, REGISTER, { key });
      return registerFile.file.id;
    } catch {
      await delay(50);
    }
  }
}

/**
 * Follows the feed from a cursor, and connects again from the last one whenever the connection is lost.
 * @returns a function that waits for a file and returns all files registered so far, in order
 */
function follow(url: string, cursor: string): (last: string) => Promise<string[]> {
  const seen: string[] = [];
  let after = cursor;
  let collector: Collector | undefined;
  const take = (): void => {
    for (const change of collector?.seen.splice(0) ?? []) {
      seen.push(change.fileId);
      after = change.cursor;
    }
  };
  const connectAgain = (): void => {
    if (collector !== undefined && collector.failure === undefined) return;
    take();
    collector = collect(url, after);
  };
  const timer = setInterval(connectAgain, 100);
  connectAgain();
  return async (last) => {
    await until(() => {
      take();
      return seen.includes(last);
    }, Boolean);
    clearInterval(timer);
    await collector?.stop();
    return seen;
  };
}
