// SIGTERM and SIGINT: what is in flight is finished, streams break off so that their clients come back with a cursor,
// sockets close with 1001, and the process exits 0 in time, whatever its clients do.
import { once } from 'node:events';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { newFile, readFile, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { get, openSocket } from '../support/http.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { type ServerEvent, readEvents } from '../support/sse.ts';
import { until } from '../support/until.ts';

const PROMISED_MS = 10_000;

let database: TestDatabase;
let program: WaybillProcess;
beforeEach(async () => {
  database = await createDatabase();
  program = await startProcess({ DATABASE_URL: database.url });
});
afterEach(async () => {
  if (program.child.exitCode === null && program.child.signalCode === null) await program.end('SIGKILL');
  await database.drop();
});

/** Ends it and checks the promise. */
async function endInTime(signal: NodeJS.Signals): Promise<void> {
  const begun = performance.now();
  expect(await program.end(signal)).toEqual({ code: 0, signal: null });
  expect(performance.now() - begun).toBeLessThan(PROMISED_MS);
}

/** Locks the row of a file until it is let go. */
async function holdRow(id: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('begin');
  await client.query('select from file where id = $1 for update', [id.replace('file_', '')]);
  return async () => {
    await client.query('commit');
    await client.end();
  };
}

const lockWaits = async (): Promise<number> => {
  const rows = await database.query<{ count: string }>(
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return Number(rows[0]?.count);
};

async function openWebSocket(): Promise<WebSocket> {
  const socket = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  return socket;
}

const CHANGES = 'subscription { fileChanges { kind } }';

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends an idle process in order', async (signal) => {
  await endInTime(signal);
});

it('finishes a mutation that waits for its row, not ready meanwhile, and answers it', async () => {
  const id = await newFile(program.url);
  const letGo = await holdRow(id);
  const answer = transition(program.url, id, 'START_UPLOAD');
  await until(lockWaits, (waiting) => waiting > 0);
  const ended = endInTime('SIGTERM');
  await until(
    async () => (await get(program.url, '/readyz')).status,
    (status) => status === 503,
  );
  expect(program.child.exitCode).toBeNull();
  await letGo();
  expect(await answer).toMatchObject({ __typename: 'TransitionFileSuccess', file: { version: 1 } });
  await ended;

  program = await startProcess({ DATABASE_URL: database.url });
  expect(await readFile(program.url, id)).toMatchObject({ state: 'UPLOADING', version: 1 });
});

it('closes sockets with 1001, those with streams and those without', async () => {
  const [idle, busy] = [await openWebSocket(), await openWebSocket()];
  const messages: string[] = [];
  busy.on('message', (data: Buffer) => messages.push(data.toString()));
  busy.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: CHANGES } }));
  await newFile(program.url);
  await until(
    () => messages.length,
    (length) => length > 0,
  );
  const closed = Promise.all([idle, busy].map(async (socket) => ((await once(socket, 'close')) as [number])[0]));
  await endInTime('SIGTERM');
  expect(await closed).toEqual([1001, 1001]);
  expect(messages.filter((message) => message.includes('"complete"'))).toEqual([]);
});

it('breaks off event streams without "complete"', async () => {
  const events: ServerEvent[] = [];
  const stream = (async () => {
    for await (const event of readEvents(program.url, CHANGES)) events.push(event);
  })();
  const broken = stream.then(
    () => 'ended',
    () => 'broken off',
  );
  await until(
    async () => {
      await newFile(program.url);
      return events.length;
    },
    (length) => length > 0,
  );
  await endInTime('SIGTERM');
  expect(await broken).toBe('broken off');
  expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['next']));
});

it('does not wait for silent clients', async () => {
  // A WebSocket that answers no closing frame, a request that never ends, and one that never begins.
  const head = 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
  const key = `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n`;
  const deaf = openSocket(program.url);
  deaf.write(`${head}Sec-WebSocket-Protocol: graphql-transport-ws\r\n${key}\r\n`);
  await once(deaf, 'data');
  const slow = openSocket(program.url);
  slow.write(
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  const mute = openSocket(program.url);
  await once(mute, 'connect');
  for (const socket of [deaf, slow, mute]) socket.on('error', () => undefined);
  await endInTime('SIGTERM');
  for (const socket of [deaf, slow, mute]) socket.destroy();
});

it('gives up a mutation whose row stays locked, and still ends in order', async () => {
  const id = await newFile(program.url);
  const letGo = await holdRow(id);
  const answer = transition(program.url, id, 'START_UPLOAD');
  await until(lockWaits, (waiting) => waiting > 0);
  await endInTime('SIGTERM');
  expect(await answer).toMatchObject({ __typename: 'RequestError', code: 'FILE_BUSY' });
  await letGo();
});

it('gives it up too though nobody reads the log', async () => {
  program.child.stderr!.pause();
  const id = await newFile(program.url);
  // More lines than are read ahead.
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 120 }, () => transition(program.url, id, 'COMPLETE_UPLOAD')));
  }
  const letGo = await holdRow(id);
  const answer = transition(program.url, id, 'START_UPLOAD');
  await until(lockWaits, (waiting) => waiting > 0);
  const exited = once(program.child, 'exit');
  const begun = performance.now();
  program.child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(performance.now() - begun).toBeLessThan(PROMISED_MS);
  expect(await answer).toMatchObject({ __typename: 'RequestError', code: 'FILE_BUSY' });
  await letGo();
});

it('a second signal changes nothing', async () => {
  const id = await newFile(program.url);
  const letGo = await holdRow(id);
  const answer = transition(program.url, id, 'START_UPLOAD');
  await until(lockWaits, (waiting) => waiting > 0);
  const ended = endInTime('SIGINT');
  await until(
    () => program.log.some(({ msg }) => msg === 'stopping'),
    (heard) => heard,
  );
  program.child.kill('SIGINT');
  program.child.kill('SIGTERM');
  await letGo();
  expect(await answer).toMatchObject({ __typename: 'TransitionFileSuccess' });
  await ended;
});
