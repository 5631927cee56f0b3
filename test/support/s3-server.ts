// An S3-compatible server inside the test's own process.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver, { type Context, type Middleware } from 's3rver';
import { fillGaps, listParts } from './s3-gaps.ts';

/** What s3rver accepts. */
export const S3_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  /** `METHOD path?operation` of each request, in order of arrival. */
  readonly requests: string[];
  /** Comes before the server's own answer: a test may answer instead, or hold the request. */
  before: Middleware;
  /** Keys of all objects. */
  listObjects(): Promise<string[]>;
  /** Sizes of the parts of each multipart upload that is neither completed nor aborted. */
  listUploads(): Promise<number[][]>;
  /** Ends it with all its connections; what it holds stays. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

const BUCKET = 'waybill-test';

export async function startS3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-s3-'));
  const uploads = join(directory, BUCKET, '._S3rver_uploads');
  const requests: string[] = [];
  const server: Pick<S3Server, 'before'> = { before: (_context, next) => next() };
  const start = async (port: number): Promise<Running> => {
    const app = createApp(directory, port);
    app.middleware.unshift(
      (context, next) => {
        requests.push(describeRequest(context));
        return server.before(context, next);
      },
      ...fillGaps(uploads),
    );
    return { app, port: (await app.run()).port };
  };
  let running = await start(0);
  const kill = async (): Promise<void> => {
    if (!running.app.httpServer.listening) return;
    running.app.httpServer.closeAllConnections();
    await running.app.close();
  };
  return Object.assign(server, {
    endpoint: `http://127.0.0.1:${running.port}`,
    bucket: BUCKET,
    requests,
    listObjects: () => listObjects(join(directory, BUCKET)),
    listUploads: () => listUploads(uploads),
    kill,
    revive: async () => {
      running = await start(running.port);
    },
    close: async () => {
      await kill();
      await rm(directory, { recursive: true });
    },
  });
}

interface Running {
  readonly app: S3rver;
  readonly port: number;
}

const createApp = (directory: string, port: number): S3rver =>
  new S3rver({
    address: '127.0.0.1',
    port,
    directory,
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: BUCKET }],
  });

function describeRequest({ method, path, query }: Context): string {
  const { partNumber } = query;
  if (partNumber !== undefined) return `${method} ${path}?partNumber=${partNumber}`;
  const operation = ['uploads', 'uploadId'].find((name) => name in query);
  return operation === undefined ? `${method} ${path}` : `${method} ${path}?${operation}`;
}

async function listObjects(directory: string): Promise<string[]> {
  const suffix = '._S3rver_object';
  const names = await readdir(directory, { recursive: true });
  return names
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .toSorted();
}

async function listUploads(uploads: string): Promise<number[][]> {
  const names = await readdir(uploads).catch(() => []);
  return Promise.all(names.map((name) => listParts(join(uploads, name))));
}
