// A worker: the simplest server that keeps a file. It pipes PUT /name to a file and answers once that is flushed to disk.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { answerCalls } from '../workers/answer-calls.ts';

/** @returns the URL it listens on */
async function start(directory: string): Promise<string> {
  const server = createServer((request, response) => {
    const file = createWriteStream(join(directory, basename(request.url ?? 'none')), { flush: true });
    pipeline(request, file).then(
      () => response.writeHead(201, { 'content-length': 0 }).end(),
      (error: unknown) => response.destroy(error as Error),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const calls = { start };
export type PutServerCalls = typeof calls;

answerCalls(calls);
