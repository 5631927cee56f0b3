// waybill upload while its server is killed with -9 and restarted: the command waits, resumes, and loses nothing.
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FileFacts } from '../../cli/api/files.ts';
import { readJsonLines, startCli } from '../support/cli.ts';
import { request } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const MIB = 1_024 ** 2;

let dir: TemporaryDir;
let database: TestDatabase;
let server: WaybillProcess;
let proxy: TcpProxy;
beforeEach(async () => {
  dir = await createTemporaryDir();
  database = await createDatabase();
  server = await startServer();
  proxy = await startTcpProxy(portOf(server));
});
afterEach(async () => {
  await proxy.close();
  await server.end('SIGTERM');
  await database.drop();
  await dir.remove();
});

const portOf = ({ url }: WaybillProcess): number => Number(new URL(url).port);
const startServer = (): Promise<WaybillProcess> =>
  startProcess({ DATABASE_URL: database.url, WAYBILL_DATA_DIR: join(dir.path, 'data') });

async function restart(): Promise<void> {
  await server.end('SIGKILL');
  server = await startServer();
  proxy.retarget(portOf(server));
}

it('resumes by itself from what was acknowledged', async () => {
  const digests = new Map<string, string>();
  for (const [name, size] of [...Array(9).keys()].map((index) => [`files/${index}.bin`, (index + 1) * MIB] as const)) {
    const bytes = randomBytes(size);
    await dir.write(name, bytes);
    digests.set(name, createHash('sha256').update(bytes).digest('hex'));
  }
  let restarted: Promise<void> | undefined;
  proxy.afterBytes(20 * MIB, () => void (restarted = restart()));
  const args = [
    'upload',
    '--url',
    `http://127.0.0.1:${proxy.port}`,
    '--json',
    '--chunk-size',
    '2MiB',
    '--wait',
    'files',
  ];
  const cli = startCli(args, { env: { XDG_STATE_HOME: join(dir.path, 'state') }, cwd: dir.path });
  const finish = indexAll(() => server.url, digests.size);
  const { code, stdout, stderr } = await cli.ended;
  await restarted;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = readJsonLines(stdout);
  expect(lines.filter(({ event }) => event === 'delayed').length, 'delays reported').toBeGreaterThan(0);
  expect(lines.at(-1)).toMatchObject({ event: 'summary', uploaded: 9, indexed: 9, failed: 0 });
  const stored = await finish;
  expect(new Map(stored.map(({ name, sha256 }) => [name, sha256]))).toEqual(digests);
  expect(stored.every(({ attempts }) => attempts === 1)).toBe(true);
});

const FILES = '{ files(first: 100) { edges { node { id name sha256 attempts state } } } }';
const INDEX = `mutation ($input: [TransitionFileInput!]!) { transitionFiles(input: $input) { __typename } }`;

/** Plays the worker: moves PROCESSING files to INDEXED until `count` are. */
async function indexAll(urlNow: () => string, count: number): Promise<FileFacts[]> {
  for (;;) {
    try {
      const { files } = await request<{ files: { edges: { node: FileFacts }[] } }>(urlNow(), FILES);
      const all = files.edges.map(({ node }) => node);
      if (all.filter(({ state }) => state === 'INDEXED').length === count) return all;
      const waiting = all.filter(({ state }) => state === 'PROCESSING');
      await request(urlNow(), INDEX, { input: waiting.map(({ id }) => ({ id, event: 'COMPLETE_PROCESSING' })) });
    } catch {
      // The server is restarting.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
