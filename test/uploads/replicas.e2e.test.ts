// Two replicas share a database and a directory, and all clients write to the same upload: leases keep them apart.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '../support/bytes.ts';
import { connect, subscribe } from '../support/client.ts';
import { readHistory } from '../support/operations.ts';
import { type Random, createRandom } from '../support/random.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';
import { type OpenPatch, createUpload, fileIdOf, openPatch, patch, tus } from '../support/tus.ts';
import { until } from '../support/until.ts';
import { type StorageDirectory, createStorage, readHeld } from '../support/upload-server.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROUNDS = 200;
const AT_ONCE = 25;
const SIZE = 40_000;

let storage: StorageDirectory;
let replicas: Replicas;
/** Sends some bytes and then nothing, for as long as the other tests take. */
let silent: OpenPatch & { readonly url: string };
beforeAll(async () => {
  storage = await createStorage();
  replicas = await startReplicas({ WAYBILL_STORAGE_URL: storage.url });
  const url = await createUpload(replicas.urls[0], SIZE);
  silent = { url, ...(await openPatch(url, 0, SIZE)) };
  await silent.send('x'.repeat(1_000));
});
afterAll(async () => {
  await replicas.stop();
  await storage.remove();
});

const held = (url: string) => readHeld(replicas.database, storage.store, url);
const at = (replica: 0 | 1, url: string): string => url.replace(/^http:\/\/[^/]+/, replicas.urls[replica]);

interface Written {
  readonly start: number;
  readonly end: number;
}

interface Writer {
  readonly url: string;
  readonly content: Buffer;
  readonly acknowledged: Written[];
  readonly statuses: Set<number>;
}

/** One request of a writer, sent in pieces so that the other writer's request falls between them. */
async function writeOnce({ url, content, acknowledged, statuses }: Writer, start: number, random: Random) {
  const end = Math.min(content.length, start + 1 + random.below(content.length));
  const open = await openPatch(url, start, end - start);
  for (let from = start; from < end; from += 8_000)
    await open.send(content.subarray(from, Math.min(end, from + 8_000)));
  const { status, offset } = await open.answer;
  statuses.add(status);
  if (status === 204) acknowledged.push({ start, end: offset });
  return status;
}

/** Writes its own content at the current offset until the upload is complete. */
async function writeAll(writer: Writer, random: Random): Promise<void> {
  for (let offset = 0; offset < SIZE;) {
    // A broken connection gets no answer: its bytes may have been kept or not.
    await writeOnce(writer, offset, random).catch(() => 0);
    const answer = await tus('HEAD', writer.url);
    if (answer.status === 200) offset = answer.offset;
    else expect(answer.status).toBe(423);
  }
}

async function runRound(round: number): Promise<Writer[]> {
  const random = createRandom(seed + round);
  const url = await createUpload(replicas.urls[0], SIZE);
  const writers = ([0, 1] as const).map((replica): Writer => ({
    url: at(replica, url),
    content: randomBytes(random, SIZE),
    acknowledged: [],
    statuses: new Set(),
  }));
  const seeds = writers.map(() => createRandom(random.below(2 ** 31)));
  await Promise.all(writers.map((writer, index) => writeAll(writer, seeds[index]!)));
  await expectUnmixed(url, writers);
  return writers;
}

async function expectUnmixed(url: string, writers: readonly Writer[]): Promise<void> {
  const { state, bytes } = await held(url);
  expect(state).toBe('PROCESSING');
  for (const { content, acknowledged } of writers) {
    for (const { start, end } of acknowledged) {
      expect(bytes.subarray(start, end).equals(content.subarray(start, end)), `${start} to ${end}`).toBe(true);
    }
  }
  // Every byte is one of the writers', acknowledged or not.
  for (let index = 0; index < SIZE; index += 1) {
    if (writers.every(({ content }) => content[index] !== bytes[index])) expect.fail(`byte ${index} is nobody's`);
  }
  const events = (await readHistory(replicas.urls[1], fileIdOf(url)))?.map(({ event }) => event);
  expect(events).toEqual(['START_UPLOAD', 'COMPLETE_UPLOAD']);
}

describe('two replicas', () => {
  it(`with two writers of one file mix no bytes and complete it once, ${ROUNDS} times (SEED=${seed})`, async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < ROUNDS; round += AT_ONCE) {
      const rounds = Array.from({ length: Math.min(AT_ONCE, ROUNDS - round) }, (_, index) => runRound(round + index));
      for (const writer of (await Promise.all(rounds)).flat()) for (const each of writer.statuses) statuses.add(each);
    }
    // Whether any request waits in vain, and gets 423, is a matter of timing.
    expect(new Set([...statuses, 423])).toEqual(new Set([204, 409, 423]));
  }, 300_000);

  it('let one of two who send everything at once have it, and refuse the other', async () => {
    for (let round = 0; round < 10; round += 1) {
      const url = await createUpload(replicas.urls[0], SIZE);
      const contents = [0, 1].map((each) => randomBytes(createRandom(seed + each), SIZE));
      const answers = await Promise.all(
        ([0, 1] as const).map((replica) => patch(at(replica, url), 0, contents[replica] ?? '')),
      );
      const won = answers.findIndex(({ status }) => status === 204);
      expect(answers[won]).toMatchObject({ status: 204, offset: SIZE });
      expect([409, 423]).toContain(answers[1 - won]?.status);
      expect((await held(url)).bytes.equals(contents[won] ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('make a PATCH stop that is half open at one when HEAD comes to the other', async () => {
    const content = randomBytes(createRandom(seed), SIZE);
    const url = await createUpload(replicas.urls[0], SIZE);
    const halfOpen = await openPatch(at(0, url), 0, SIZE);
    await halfOpen.send(content.subarray(0, 10_000));
    await until(
      () => held(url),
      ({ state }) => state === 'UPLOADING',
    );
    expect(await patch(at(1, url), 0, content)).toMatchObject({ status: 423 });
    expect(await tus('HEAD', at(1, url))).toMatchObject({ status: 200, offset: 10_000 });
    expect(await halfOpen.answer).toMatchObject({ status: 204, offset: 10_000 });
    expect(await patch(at(1, url), 10_000, content.subarray(10_000))).toMatchObject({ status: 204, offset: SIZE });
    expect((await held(url)).bytes.equals(content)).toBe(true);
  });

  it('tell of the progress of an upload at one to those who watch at the other', async () => {
    const url = await createUpload(replicas.urls[0], SIZE);
    const client = connect(replicas.urls[1]);
    const heard: number[] = [];
    const changed: number[] = [];
    const watching = [
      gather<{ uploadProgress: { bytesReceived: number } }>(
        subscribe(client, 'subscription ($id: ID!) { uploadProgress(id: $id) { bytesReceived } }', {
          id: fileIdOf(url),
        }),
        ({ uploadProgress }) => heard.push(uploadProgress.bytesReceived),
      ),
      gather<{ fileChanges: { progress: { bytesReceived: number } } }>(
        subscribe(
          client,
          'subscription { fileChanges(filter: { kinds: [PROGRESSED] }) { ... on FileProgressed { progress { bytesReceived } } } }',
        ),
        ({ fileChanges }) => changed.push(fileChanges.progress.bytesReceived),
      ),
    ];
    await until(
      () => heard.length,
      (count) => count > 0,
    );
    const open = await openPatch(url, 0, SIZE);
    for (const told of [heard, changed]) {
      await sendUntil(open, () => told.some((bytes) => bytes > 0 && bytes < SIZE));
    }
    await open.cut();
    const { offset } = await tus('HEAD', url);
    await patch(url, offset, randomBytes(createRandom(seed), SIZE - offset));
    await until(
      () => heard.at(-1),
      (bytes) => bytes === SIZE,
    );
    await client.dispose();
    await Promise.all(watching);
    expect(heard).toEqual(heard.toSorted((one, other) => one - other));
  });

  it('hold no connection to the database while a PATCH waits for bytes', async () => {
    const urls = await Promise.all(Array.from({ length: 12 }, () => createUpload(replicas.urls[0], SIZE)));
    const open = await Promise.all(urls.map((url) => openPatch(url, 0, SIZE)));
    await Promise.all(open.map((each) => each.send('a few bytes')));
    await until(
      () =>
        replicas.database.query<{ count: number }>(
          'select count(*)::int as count from upload where lease_until > now()',
        ),
      ([row]) => (row?.count ?? 0) >= 12,
    );
    const url = await createUpload(replicas.urls[0], 4);
    const [{ since }] = (await replicas.database.query<{ since: string }>('select now()::text as since')) as [
      { since: string },
    ];
    // What they have begun is over, however slow the machine is: what they held would be open until they are cut.
    await until(
      () =>
        replicas.database.query(
          `select application_name, state, query from pg_stat_activity
            where datname = current_database() and application_name like 'waybill-%' and xact_start < $1::timestamptz`,
          [since],
        ),
      (begun) => begun.length === 0,
      20_000, // less than a silent client is waited for
    );
    expect(await patch(url, 0, 'abcd')).toMatchObject({ status: 204 });
    for (const each of open) await each.cut();
  });

  it('give a client up that has gone silent for 30 seconds, keep its bytes, and are free for the next one', async () => {
    await expect(silent.answer).rejects.toThrow();
    const lease = 'select lease_until from upload where file_id = $1';
    await until(
      () => replicas.database.query<{ lease_until: Date | null }>(lease, [silent.url.slice(-36)]),
      ([row]) => row?.lease_until === null,
    );
    expect((await held(silent.url)).bytes.toString()).toBe('x'.repeat(1_000));
    const rest = 'y'.repeat(SIZE - 1_000);
    expect(await patch(at(1, silent.url), 1_000, rest)).toMatchObject({ status: 204, offset: SIZE });
    expect(await held(silent.url)).toMatchObject({ state: 'PROCESSING' });
  });
});

async function gather<Data>(source: AsyncIterable<Data>, take: (data: Data) => void): Promise<void> {
  try {
    for await (const data of source) take(data);
  } catch {
    // Disposed of.
  }
}

async function sendUntil(open: OpenPatch, isEnough: () => boolean): Promise<void> {
  await until(async () => {
    await open.send('x'.repeat(20));
    return isEnough();
  }, Boolean);
}
