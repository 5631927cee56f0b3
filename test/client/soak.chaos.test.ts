// A client that runs for long in Node: a list of 10,000 files with 500 changes a second, cut again and again, while others
// are opened and closed beside it. Its memory stays flat. WAYBILL_SOAK_SECONDS sets for how long: 600 stands for a day.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerFiles } from '../../bench/transitions/files.ts';
import { CYCLE, type Pool, moveOf, uuidOf } from '../../bench/transitions/cycle.ts';
import { request } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import type { Held } from './soak-client.ts';

const SECONDS = Number(process.env['WAYBILL_SOAK_SECONDS'] ?? 20);
const POOL: Pool = { first: 1, size: 10_000 };
const BULK = 50;
const EVERY_MS = 100;
const CUT_EVERY_MS = 3_000;
const MB = 1e6;

let database: TestDatabase;
let waybill: WaybillProcess;
let proxy: TcpProxy;
let client: ChildProcess;
const reports: Held[] = [];

beforeAll(async () => {
  database = await createDatabase();
  await registerFiles(database, POOL);
  waybill = await startProcess({
    DATABASE_URL: database.url,
    WAYBILL_DATA_DIR: database.dataDir,
    WAYBILL_UNTRACKED_EXPIRY: '7d',
    WAYBILL_UPLOAD_STALL: '7d',
    WAYBILL_PROCESSING_TIMEOUT: '7d',
  });
  proxy = await startTcpProxy(waybill.url);
  const args = ['--expose-gc', join(import.meta.dirname, 'soak-client.ts'), proxy.urlThrough(waybill.url)];
  client = spawn(process.execPath, [...args, String(POOL.size)], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: client.stdout! }).on('line', (line) => reports.push(JSON.parse(line) as Held));
});
afterAll(async () => {
  client.kill();
  if (client.exitCode === null && client.signalCode === null) await once(client, 'exit');
  await proxy.close();
  await waybill.end('SIGTERM');
  await database.drop();
});

const MOVE = `mutation ($input: [TransitionFileInput!]!) { transitionFiles(input: $input) { __typename } }`;

/** Sends so many changes. @returns the next move */
async function move(from: number): Promise<number> {
  const input = Array.from({ length: BULK }, (_, item) => {
    const { file, step } = moveOf(POOL, from + item);
    return { id: `file_${uuidOf(file)}`, event: CYCLE[step]!.event };
  });
  await request(waybill.url, MOVE, { input });
  return from + BULK;
}

/** The least that was held in a part of the run: what is not in use yet or any more comes on top of it. */
const leastOf = (part: readonly Held[]): number => Math.min(...part.map(({ held }) => held));

it(`holds no more after ${SECONDS} s than before`, { timeout: (SECONDS + 180) * 1_000 }, async () => {
  await until(
    () => reports.at(-1),
    (report) => report?.files === POOL.size && report.rounds > 2,
    120_000,
  );
  reports.length = 0;
  const start = performance.now();
  let moves = 0;
  for (let cutAt = CUT_EVERY_MS, at = 0; at < SECONDS * 1_000; at = performance.now() - start) {
    moves = await move(moves);
    if (at > cutAt) {
      proxy.cut();
      cutAt += CUT_EVERY_MS;
    }
    await sleep(Math.max(0, (moves / BULK) * EVERY_MS - (performance.now() - start)));
  }
  const third = Math.floor(reports.length / 3);
  const [early, late] = [leastOf(reports.slice(third, 2 * third)), leastOf(reports.slice(2 * third))];
  const { rounds, notified } = reports.at(-1)!;
  console.log(
    `${moves} changes, ${rounds} rounds, ${notified} notifications: ${(early / MB).toFixed(1)} MB in the second third, ` +
      `${(late / MB).toFixed(1)} MB in the last`,
  );
  expect(reports.length).toBeGreaterThan(5);
  expect(late).toBeLessThan(early * 1.05 + MB);
});

it('shows every file all the while, and is live in the end', async () => {
  const files = new Set(reports.map((report) => report.files));
  expect([...files]).toEqual([POOL.size]);
  await until(
    () => reports.at(-1)!.status,
    (status) => status === 'live',
  );
});
