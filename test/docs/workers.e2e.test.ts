// The example workers of docs/workers.md, started as a reader would start them.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { call, claim, readProcessed, upload } from '../support/worker-api.ts';

const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;
if (!hasPython) process.stderr.write('No Python 3.8: its worker in test/docs/workers.e2e.test.ts is left out.\n');

let waybill: Instance;
let url: string;
let proxy: TcpProxy;
const started: ChildProcess[] = [];
beforeAll(async () => {
  // The bytes of files come through the proxy, which can hold them back; everything else does not.
  proxy = await startTcpProxy(1);
  waybill = await startInstance({ env: { WAYBILL_PUBLIC_URL: `http://127.0.0.1:${proxy.port}` } });
  ({ url } = waybill);
  proxy.retarget(Number(new URL(url).port));
});
afterAll(async () => {
  await waybill.stop();
  await proxy.close();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => stop(child)));
  await proxy.restore();
});

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  return (await exited)[0];
}

/** Stands before the service, and answers the first sign of life with nothing. */
async function startForgetful(): Promise<{ readonly url: string; readonly answered: () => boolean; close(): void }> {
  let isAnswered = false;
  const closing = new AbortController();
  const server = createServer((incoming, response) => {
    void text(incoming).then(async (body) => {
      if (!isAnswered && body.includes('extendLease')) {
        isAnswered = true;
        return response.end('{"data": null}');
      }
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body, signal: closing.signal };
      const answer = await fetch(`${url}${incoming.url}`, init).then(
        async (given) => await given.text(),
        () => '',
      );
      return response.end(answer);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  const close = (): void => {
    // A claim that waits would take the next test's file.
    closing.abort();
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, answered: () => isAnswered, close };
}

function start(command: string, path: string, waybillUrl = url): ChildProcess {
  const env = { PATH: process.env['PATH'], WAYBILL_URL: waybillUrl, LEASE_SECONDS: '5' };
  const child = spawn(command, [path], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout?.resume();
  started.push(child);
  return child;
}

const untilState = (id: string, state: string) =>
  until(
    () => readProcessed(url, id),
    (file) => file?.['state'] === state,
  );

interface InProcessing {
  readonly worker: string | null;
  readonly message: string | null;
  readonly leaseExpiresAt: string;
}

async function readProcessing(id: string): Promise<InProcessing | null> {
  const query = 'query ($id: ID!) { file(id: $id) { processing { worker message leaseExpiresAt } } }';
  type Data = { readonly file: { readonly processing: InProcessing | null } };
  return (await request<Data>(url, query, { id })).file.processing;
}

async function untilSigned(id: string, accepts: (processing: InProcessing) => boolean): Promise<InProcessing> {
  const processing = await until(
    () => readProcessing(id),
    (now) => now !== null && accepts(now),
  );
  return processing!;
}

/** Waits for the next sign of life; null: the file is out of processing. */
const untilNextSign = (id: string, { leaseExpiresAt }: InProcessing): Promise<InProcessing | null> =>
  until(
    () => readProcessing(id),
    (now) => now?.leaseExpiresAt !== leaseExpiresAt,
  );

describe.each([
  ['worker.py', 'python3', hasPython],
  ['worker.ts', process.execPath, true],
])('examples/%s', (name, command, isThere) => {
  const run = (at = url): ChildProcess => start(command, `examples/${name}`, at);

  it.runIf(isThere)('counts words, and refuses what is no text', async () => {
    run();
    const [words, none, binary] = [
      await upload(url, 'the quick  brown\nfox — naïve'),
      await upload(url, ''),
      await upload(url, Buffer.from([0x61, 0xff, 0xfe])),
    ];
    const counted = (count: number): object => ({ properties: { words: { version: '1', words: count } } });
    expect(await untilState(words, 'INDEXED')).toMatchObject(counted(6));
    expect(await untilState(none, 'INDEXED')).toMatchObject(counted(0));
    expect(await untilState(binary, 'FAILED')).toMatchObject({ failure: { code: 'NOT_TEXT' } });
  });

  it.runIf(isThere)('keeps its file while it reads, and stops when that is cancelled', async () => {
    proxy.hold();
    run();
    const id = await upload(url, 'a word');
    const first = await untilSigned(id, ({ message }) => message === 'counting words');
    expect(await call(url, 'cancelProcessing', { id })).toMatchObject({ file: { state: 'PROCESSING' } });
    // Two more signs of life: the answer to the first of them says that it was cancelled.
    const second = await untilNextSign(id, first);
    if (second !== null) await untilNextSign(id, second);
    await proxy.restore();
    expect(await untilState(id, 'FAILED')).toMatchObject({ failure: { code: 'CANCELED' } });
  });

  it.runIf(isThere)('keeps its file though a sign of life gets no answer', async () => {
    const forgetful = await startForgetful();
    try {
      proxy.hold();
      run(forgetful.url);
      const id = await upload(url, 'two words');
      // With the second sign of life.
      await untilSigned(id, ({ message }) => message === 'counting words');
      expect(forgetful.answered()).toBe(true);
      await proxy.restore();
      expect(await untilState(id, 'INDEXED')).toMatchObject({ properties: { words: { words: 2 } } });
    } finally {
      forgetful.close();
    }
  });

  it.runIf(isThere)('gives its file back when it is stopped', async () => {
    proxy.hold();
    const child = run();
    const id = await upload(url, 'a word');
    await untilSigned(id, ({ worker }) => worker === `words.${name.slice(-2)}`);
    expect(await stop(child, 'SIGTERM')).toBe(0);
    const [given] = await claim(url, { waitSeconds: 30 });
    expect(given?.file.id).toBe(id);
  });
});
