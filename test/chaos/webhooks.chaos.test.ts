// A webhook over three replicas, of which the one that sends is killed (kill -9) again and again, and a receiver that fails a
// third of the time: every change arrives, of each file in order, none after one that is missing, and whatever comes twice is
// the same again.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { newFile, transitions } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { createRandom } from '../support/random.ts';
import { until } from '../support/until.ts';
import { ALLOW_LOOPBACK, type Received, changesOf, createWebhook, startReceiver } from '../support/webhook-receiver.ts';

const FILES = 100;
const ROUNDS = 20;
const KILL_AFTER_MS = 2_000;
/** Of one change. */
const MOST_FAILURES = 4;
/** More than a takeover and the longest wait for a retry. */
const PATIENCE_MS = 60_000;
const CYCLE = ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY'];

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

class Replicas {
  readonly #env: Record<string, string>;
  readonly #database: TestDatabase;
  #running: WaybillProcess[] = [];
  kills = 0;

  constructor(database: TestDatabase) {
    this.#database = database;
    this.#env = {
      ...ALLOW_LOOPBACK,
      DATABASE_URL: database.url,
      WAYBILL_DATA_DIR: database.dataDir,
      WAYBILL_MAX_ATTEMPTS: '1000',
    };
  }

  async start(): Promise<void> {
    this.#running.push(await startProcess(this.#env));
  }

  /** Sends to whichever is there, until it is answered. */
  async ask<Result>(work: (url: string) => Promise<Result>): Promise<Result> {
    for (let at = 0; ; at += 1) {
      const replica = this.#running[at % Math.max(1, this.#running.length)];
      if (replica !== undefined) {
        const answer = await work(replica.url).catch(() => undefined);
        if (answer !== undefined) return answer;
      }
      await sleep(50);
    }
  }

  async killSender(): Promise<void> {
    const holder =
      'select holder::text from webhook where holder in (select id from webhook_sender where expires_at > now())';
    const [held] = await this.#database.query<{ holder: string }>(holder);
    const found = this.#running.find(({ log }) => log.some((line) => line['sender'] === held?.holder));
    if (found === undefined) return;
    this.#running = this.#running.filter((each) => each !== found);
    await found.end('SIGKILL');
    this.kills += 1;
    await this.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((each) => each.end('SIGKILL')));
  }
}

/** What is wrong with an arrival, as a receiver sees it. */
function faultOf({ body: { data }, id, text }: Received, answered: Set<string>, texts: Map<string, string>): string[] {
  const { fileId, file } = data;
  const faults = [];
  if (file!.version > 0 && !answered.has(`${fileId} ${file!.version - 1}`)) faults.push(`${id} came after a gap`);
  if ((texts.get(id) ?? text) !== text) faults.push(`${id} came with another body`);
  texts.set(id, text);
  return faults;
}

it('loses nothing and keeps the order of each file while the replica that sends is killed', async () => {
  const random = createRandom(20261128);
  const [answered, texts, faults] = [new Set<string>(), new Map<string, string>(), [] as string[]];
  const failures = new Map<string, number>();
  const receiver = await startReceiver((one, response) => {
    faults.push(...faultOf(one, answered, texts));
    // Not more often in a row: the wait before the next attempt doubles.
    const isFailing = random.chance(1 / 3) && (failures.get(one.id) ?? 0) < MOST_FAILURES;
    if (isFailing) failures.set(one.id, (failures.get(one.id) ?? 0) + 1);
    if (!isFailing) answered.add(`${one.body.data.fileId} ${one.body.data.file!.version}`);
    response.writeHead(isFailing ? 500 : 200).end();
  });
  opened.push(() => receiver.close());
  const database = await createDatabase();
  opened.push(() => database.drop());
  const replicas = new Replicas(database);
  opened.push(() => replicas.stop());
  for (let at = 0; at < 3; at += 1) await replicas.start();
  await replicas.ask((url) => createWebhook(url, receiver.url));
  const files = await Promise.all(Array.from({ length: FILES }, () => replicas.ask((url) => newFile(url))));

  const written = (async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const event = CYCLE[round % CYCLE.length]!;
      const input = files.map((id) => ({ id, event, idempotencyKey: `round ${round}` }));
      await replicas.ask((url) => transitions(url, input));
    }
  })();
  const total = FILES * (ROUNDS + 1);
  const isDone = (): boolean => answered.size >= total;
  let arrivals = 0;
  while (!isDone()) {
    // So long after it has begun to send: a takeover takes longer.
    await until(
      () => receiver.received.length,
      (length) => length > arrivals || isDone(),
      PATIENCE_MS,
    );
    await sleep(KILL_AFTER_MS);
    if (!isDone()) await replicas.killSender();
    arrivals = receiver.received.length;
  }
  await written;
  expect(faults).toEqual([]);
  const expected = Array.from({ length: ROUNDS + 1 }, (_, version) => String(version));
  for (const file of files) expect(changesOf(receiver.received, file)).toEqual(expected);
  expect(replicas.kills).toBeGreaterThan(0);
  process.stderr.write(`${replicas.kills} kills, ${receiver.received.length} requests for ${total} changes\n`);
}, 300_000);
