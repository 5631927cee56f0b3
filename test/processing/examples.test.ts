// The processors of docs/processors.md, as they stand in examples/processors.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { readProcessorList } from '../../src/processing/processor-list.ts';
import { jobOf, openRunner } from './runner.ts';

const ROOT = join(import.meta.dirname, '../..');
const exampleOf = (name: string) => readProcessorList(`./examples/processors/${name}.ts`, {}, ROOT);

test('word-count counts words, also those that two chunks share', async () => {
  await using runner = await openRunner([], { processors: exampleOf('word-count') });
  const words = 'häuser und \n mehr '.repeat(100_000);
  expect(await runner.run(jobOf(words))).toMatchObject({
    properties: { 'word-count': { words: 300_000, version: '1' } },
  });
  expect(await runner.run(jobOf('one'))).toMatchObject({ properties: { 'word-count': { words: 1 } } });
  const tooLong = await runner.run(jobOf(Buffer.alloc(17 * 1024 * 1024, 'a ')));
  expect(tooLong).toMatchObject({ failure: { code: 'TOO_LONG_TO_COUNT', retryable: false } });
});

test('classify asks a service, and tells one that has trouble from one that refuses', async () => {
  const received: { type: string | undefined; length: number }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void buffer(request).then(({ length }) => {
      received.push({ type: request.headers['content-type'], length });
      response.writeHead(status).end(JSON.stringify({ labels: ['cat', 'sofa'] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await using runner = await openRunner([], {
    processors: exampleOf('classify'),
    environment: { CLASSIFIER_URL: `http://127.0.0.1:${port}/labels` },
  });
  const image = () => runner.run(jobOf('not really one', { contentType: 'image/png' }));

  expect(await image()).toEqual({
    outcome: 'completed',
    properties: { classify: { labels: ['cat', 'sofa'], version: '1' } },
    text: 'cat sofa',
  });
  expect(received).toEqual([{ type: 'image/png', length: 14 }]);
  status = 415;
  expect(await image()).toMatchObject({ failure: { code: 'CLASSIFIER_REFUSED', retryable: false } });
  status = 503;
  expect(await image()).toMatchObject({ failure: { code: 'CLASSIFIER_REFUSED', retryable: true } });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(await image()).toMatchObject({ failure: { code: 'CLASSIFIER_AWAY', retryable: true } });
});
