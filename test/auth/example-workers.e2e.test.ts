// The example workers of docs/workers.md with an API key in WAYBILL_TOKEN.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instance } from '../support/instance.ts';
import { createKeyAs, requestAs, sign, startSignedIn } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;
const WORKERS = [[process.execPath, 'examples/worker.ts'], ...(hasPython ? [['python3', 'examples/worker.py']] : [])];

let waybill: Instance;
let admin: string;
beforeAll(async () => {
  waybill = await startSignedIn({ env: { WAYBILL_PROCESSING: 'external' } });
  admin = await sign();
});
afterAll(() => waybill.stop());

async function upload(text: string): Promise<string> {
  const encode = (value: string): string => Buffer.from(value).toString('base64');
  const { status, headers } = await fetch(`${waybill.url}/uploads`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${admin}`,
      'tus-resumable': '1.0.0',
      'upload-length': String(text.length),
      'upload-metadata': `filename ${encode('a.txt')},filetype ${encode('text/plain')}`,
      'content-type': 'application/offset+octet-stream',
    },
    body: text,
  });
  expect(status).toBe(201);
  return /file_[0-9a-f-]{36}/.exec(headers.get('location') ?? '')![0];
}

async function readFile(id: string): Promise<{ state: string; properties: unknown }> {
  const query = 'query ($id: ID!) { file(id: $id) { state properties } }';
  return (await requestAs<{ file: { state: string; properties: unknown } }>(waybill.url, admin, query, { id })).file;
}

it.each(WORKERS)('%s %s processes a file', async (command = '', path = '') => {
  const { secret } = await createKeyAs(waybill.url, admin, { roles: ['WORKER'] });
  const env = { PATH: process.env['PATH'], WAYBILL_URL: waybill.url, WAYBILL_TOKEN: secret };
  const child = spawn(command, [path], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const id = await upload('two words');
    const file = await until(
      () => readFile(id),
      ({ state }) => state !== 'PROCESSING',
    );
    expect(file).toMatchObject({ state: 'INDEXED', properties: { words: { words: 2 } } });
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
});
