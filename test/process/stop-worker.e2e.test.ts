// SIGTERM to a process with a worker: what takes its time to stop does so side by side.
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { openSocket } from '../support/http.ts';
import { startInstance } from '../support/instance.ts';
import { startProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import { uploadText } from '../support/upload-text.ts';
import { claim, readProcessed } from '../support/worker-api.ts';
import { NOTHING, runnerOf } from '../support/worker.ts';

let database: TestDatabase;
afterEach(() => database.drop());

const isRunning = (file: { readonly processing?: unknown } | null): boolean =>
  (file?.processing as { worker: string | null } | null)?.worker != null;

it('a claim that waits is answered with nothing at once, while the worker finishes what it has', async () => {
  database = await createDatabase();
  const answered = Promise.withResolvers<void>();
  const runner = runnerOf(async () => {
    await answered.promise;
    return NOTHING;
  });
  const { url, program } = await startInstance({ database, runner, env: { WAYBILL_PROCESSING: 'builtin' } });
  const id = await uploadText(url, 'x');
  await until(() => readProcessed(url, id), isRunning);
  const waiting = claim(url, { waitSeconds: 60 });
  // Nothing shows that it waits: a file that it gets would.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const stopped = program.stop();
  expect(await waiting).toEqual([]);
  answered.resolve();
  await stopped;
  const [row] = await database.query<{ state: string }>('select state from file');
  expect(row).toEqual({ state: 'INDEXED' });
});

it('a processor that does not listen, a deaf WebSocket and a slow request end in the time of the slowest', async () => {
  database = await createDatabase();
  const program = await startProcess({
    DATABASE_URL: database.url,
    WAYBILL_DATA_DIR: database.dataDir,
    WAYBILL_PROCESSING: 'builtin',
    WAYBILL_PROCESSORS: join(import.meta.dirname, '../processing/fixtures/hostile.ts'),
  });
  const encode = (value: string): string => Buffer.from(value).toString('base64');
  const created = await fetch(`${program.url}/uploads`, {
    method: 'POST',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': '1',
      'upload-metadata': `filename ${encode('x')},filetype ${encode('application/x-hostile')},does ${encode('loops')}`,
      'content-type': 'application/offset+octet-stream',
    },
    body: 'x',
  });
  const id = new URL(created.headers.get('location') ?? '', program.url).pathname.slice('/uploads/'.length);
  await until(() => readProcessed(program.url, id), isRunning);
  const deaf = openSocket(program.url);
  const slow = openSocket(program.url);
  for (const socket of [deaf, slow]) socket.on('error', () => undefined);
  deaf.write(
    'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${encode('0123456789abcdef')}\r\n\r\n`,
  );
  await once(deaf, 'data');
  slow.write(
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  );
  expect(await program.end('SIGTERM')).toEqual({ code: 0, signal: null });
  for (const socket of [deaf, slow]) socket.destroy();
  const [row] = await database.query<{ lost: number; token: string | null }>(
    `select coalesce((processing->>'lost')::int, 0) as lost, processing->>'token' as token from file`,
  );
  expect(row).toEqual({ lost: 0, token: null });
});
