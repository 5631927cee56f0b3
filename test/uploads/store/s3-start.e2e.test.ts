// A store in S3 that cannot be used is refused at start, in words that name it. Each case waits for the end of the process:
// one that hangs runs into the time limit of the test. s3rver knows keys, but does not check signatures.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { type Outcome, runToEnd } from '../../support/process.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../../support/s3-server.ts';

let s3: S3Server;
let database: TestDatabase;

beforeAll(async () => {
  s3 = await startS3Server();
  database = await createDatabase();
});

afterAll(async () => {
  await s3.close();
  await database.drop();
});

const start = (
  bucket: string,
  endpoint: string,
  credentials: Record<string, string> = S3_CREDENTIALS,
): Promise<Outcome> =>
  runToEnd({
    ...credentials,
    DATABASE_URL: database.url,
    WAYBILL_DATA_DIR: database.dataDir,
    WAYBILL_STORAGE_URL: `s3://${bucket}/files?endpoint=${endpoint}&region=us-east-1`,
  });

/** Asks a server that gives this answer to everything; null: it takes the connection and never answers. */
async function startAt(status: number | null, body = ''): Promise<Outcome> {
  const server = createServer((asked, answer) => {
    asked.resume();
    if (status !== null) answer.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await start('a-bucket', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const DENIED = '<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>of the test</Message></Error>';
/** The SDK asks the metadata service of EC2 last; there is none here. */
const NOBODY = { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' };

test.each([
  ['a wrong bucket', () => start('no-such-bucket', s3.endpoint), 's3://no-such-bucket/files'],
  [
    'a key that the server does not know',
    () => start(s3.bucket, s3.endpoint, { AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'no' }),
    'the server answers 403 (InvalidAccessKeyId: ',
  ],
  ['a secret that is wrong', () => startAt(403, DENIED), '403 (SignatureDoesNotMatch: of the test). The credentials'],
  ['a refusal that says nothing', () => startAt(403), 'the server answers 403. The credentials are wrong'],
  ['no credentials', () => start(s3.bucket, s3.endpoint, NOBODY), 'Could not load credentials'],
  ['a server that never answers', () => startAt(null), 'does not answer within 15 s'],
  ['an endpoint that is not there', () => start(s3.bucket, 'http://127.0.0.1:1'), 'ECONNREFUSED'],
])('%s', async (_case, run, words) => {
  const { code, stdout, stderr } = await run();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('STORE_UNSUITABLE');
  expect(stderr).toContain(words);
});
