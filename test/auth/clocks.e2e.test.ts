// Replicas whose clocks are ten minutes off agree with the others about what has expired: they go by the database.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { JWT_ENV, connectAs, inSeconds, requestAs, sign, statusAs } from '../support/sign-in.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const TEN_MINUTES = 600_000;

/** Shifts the clock of a process before anything of it is loaded. */
const shiftedBy = (ms: number): string =>
  `--import=data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + (${ms});`)}`;

it.each([
  ['fast', TEN_MINUTES],
  ['slow', -TEN_MINUTES],
])('a replica whose clock is %s', async (_how, ms) => {
  const env = { DATABASE_URL: database.url, WAYBILL_DATA_DIR: database.dataDir, ...JWT_ENV };
  const off: WaybillProcess = await startProcess({ ...env, NODE_OPTIONS: shiftedBy(ms) });
  const right = await startProcess(env);
  try {
    for (const { url } of [off, right]) {
      expect(await statusAs(url, await sign({ exp: inSeconds(120) }))).toBe(200);
      expect(await statusAs(url, await sign({ exp: inSeconds(-120) }))).toBe(401);
      expect(await statusAs(url, await sign({ nbf: inSeconds(120) }))).toBe(401);
      const soon = connectAs(url, { authorization: `Bearer ${await sign({ exp: inSeconds(3) })}` });
      expect(await soon.closed).toMatchObject({ code: 4403 });
    }
    // A URL that one has signed is good at the other.
    const query =
      'mutation { registerFile(input: { name: "a", size: 2 }) { ... on RegisterFileSuccess { file { uploadUrl } } } }';
    for (const [from, to] of [
      [off, right],
      [right, off],
    ] as const) {
      type Data = { registerFile: { file: { uploadUrl: string } } };
      const { registerFile } = await requestAs<Data>(from.url, await sign(), query);
      const url = registerFile.file.uploadUrl.replace(from.url, to.url);
      expect((await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } })).status).toBe(200);
    }
  } finally {
    await Promise.all([off.end('SIGTERM'), right.end('SIGTERM')]);
  }
});
