// The client that most applications use, against a server that is cut off and killed: what arrives is what was sent, and
// memory does not grow with its size.
import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MIB, digestOf } from '../../support/bytes.ts';
import { request } from '../../support/client.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { countFiles, deleteFile } from '../../support/operations.ts';
import { type WaybillProcess, startProcess } from '../../support/process.ts';
import { createRandom } from '../../support/random.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { sendUpload } from '../../support/tus-client.ts';
import { createUpload, fileIdOf, openPatch } from '../../support/tus.ts';
import { until } from '../../support/until.ts';
import { type StorageDirectory, createStorage } from '../../support/upload-server.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
/** Beside what a process takes when it has started: half of what is uploaded. */
const MOST_GROWTH = 128 * MIB;
/** What the store keeps beside segments. */
const MARKER = 'waybill-store';

let storage: StorageDirectory;
let database: TestDatabase;
let waybill: WaybillProcess;

beforeEach(async () => {
  [storage, database] = await Promise.all([createStorage(), createDatabase()]);
  waybill = await start(await freePort());
});

afterEach(async () => {
  await waybill.end('SIGTERM');
  await database.drop();
  await storage.remove();
});

const start = (port: number): Promise<WaybillProcess> =>
  startProcess({
    DATABASE_URL: database.url,
    PORT: String(port),
    WAYBILL_DATA_DIR: storage.path,
    WAYBILL_STORAGE_URL: storage.url,
  });

const portOf = ({ url }: WaybillProcess): number => Number(new URL(url).port);

/** The peak memory of its process. */
async function peakMemory({ child: { pid } }: WaybillProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

interface Stored {
  readonly state: string;
  readonly sha256: string;
  readonly contentUrl: string;
}

async function readStored(url: string): Promise<Stored> {
  const query = 'query ($id: ID!) { file(id: $id) { state sha256 contentUrl } }';
  return (await request<{ file: Stored }>(waybill.url, query, { id: fileIdOf(url) })).file;
}

async function digestOfContent({ contentUrl }: Stored): Promise<string> {
  const { pathname } = new URL(contentUrl);
  const hash = createHash('sha256');
  for await (const chunk of (await fetch(`${waybill.url}${pathname}`)).body ?? []) hash.update(chunk);
  return hash.digest('hex');
}

it(`256 MiB in chunks of 8 MiB arrive over 5 cuts and a kill -9 (SEED=${seed})`, async () => {
  const random = createRandom(seed);
  const bytes = randomBytes(256 * MIB);
  const sha256 = digestOf(bytes);
  const port = portOf(waybill);
  const proxy = await startTcpProxy(port);
  const peaks: number[] = [await peakMemory(waybill)];
  let cuts = 0;
  let restarted: Promise<void> | undefined;
  const cut = (): void => {
    cuts += 1;
    proxy.cut();
  };
  const kill = (): void => {
    restarted = (async () => {
      peaks.push(await peakMemory(waybill));
      await waybill.end('SIGKILL');
      waybill = await start(port);
    })();
  };
  const place = (): number => MIB + random.below(250 * MIB);
  for (const act of [kill, cut, cut, cut, cut, cut]) proxy.afterBytes(place(), act);
  try {
    const { url, retries, progress } = await sendUpload(`http://127.0.0.1:${proxy.port}`, bytes, {
      chunkSize: 8 * MIB,
      metadata: { filename: 'large.bin', filetype: 'application/octet-stream', sha256 },
    });
    await restarted;
    expect({ cuts, wasKilled: restarted !== undefined }).toEqual({ cuts: 5, wasKilled: true });
    expect(retries).toBeGreaterThanOrEqual(5);
    expect(progress.at(-1)).toBe(bytes.length);
    const stored = await readStored(url);
    expect(stored).toMatchObject({ state: 'PROCESSING', sha256 });
    expect(await digestOfContent(stored)).toBe(sha256);
    peaks.push(await peakMemory(waybill));
    process.stderr.write(`peak memory: ${peaks.map((peak) => Math.round(peak / MIB)).join(', ')} MiB\n`);
    expect(Math.max(...peaks) - peaks[0]!).toBeLessThan(MOST_GROWTH);
  } finally {
    await proxy.close();
  }
}, 120_000);

it('50 uploads of 4 MiB at once arrive', async () => {
  const atStart = await peakMemory(waybill);
  const bytes = randomBytes(54 * MIB);
  const contents = Array.from({ length: 50 }, (_, index) => bytes.subarray(index * MIB, (index + 4) * MIB));
  const sent = await Promise.all(contents.map((content) => sendUpload(waybill.url, content, { chunkSize: 2 * MIB })));
  expect(await countFiles(waybill.url)).toMatchObject({ PROCESSING: 50, UPLOADING: 0, UNTRACKED: 0, FAILED: 0 });
  for (const [index, { url }] of sent.entries()) {
    const stored = await readStored(url);
    expect(stored.sha256).toBe(digestOf(contents[index]!));
    expect(await digestOfContent(stored)).toBe(stored.sha256);
  }
  const growth = (await peakMemory(waybill)) - atStart;
  process.stderr.write(`more memory: ${Math.round(growth / MIB)} MiB\n`);
  // Each upload has one batch being written and one being collected, and garbage waits to be collected.
  expect(growth).toBeLessThan(MOST_GROWTH + 50 * 4 * MIB);
});

it('a file deleted in mid-upload loses its bytes, also when the program is killed right after', async () => {
  const url = await createUpload(waybill.url, 8 * MIB);
  const open = await openPatch(url, 0, 8 * MIB);
  await open.send(randomBytes(MIB));
  await until(
    async () => {
      await open.send(randomBytes(1_000));
      return await listStored();
    },
    ({ acknowledged }) => acknowledged > 0,
  );
  await deleteFile(waybill.url, fileIdOf(url));
  await waybill.end('SIGKILL');
  waybill = await start(await freePort());
  await until(listStored, ({ files, rows }) => files.length === 0 && rows === 0);
});

async function listStored(): Promise<{ files: string[]; rows: number; acknowledged: number }> {
  const [counts] = await database.query<{ rows: number; acknowledged: number }>(
    'select count(*)::int as rows, coalesce(sum(length), 0)::int as acknowledged from segment',
  );
  const entries = await readdir(storage.path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== MARKER).map(({ name }) => name);
  return { files, ...(counts ?? { rows: 0, acknowledged: 0 }) };
}
