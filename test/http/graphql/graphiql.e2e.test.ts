// The page of GraphiQL as it is sent: compressed, kept by browsers, and shown in no frame of another page.
import { request } from 'node:http';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Instance, startInstance } from '../../support/instance.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}

/** fetch would decompress it. */
function open(headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${waybill.url}/graphql`, { method, headers: { accept: 'text/html', ...headers } });
    asked.once('error', reject).once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.end();
  });
}

it('it is the same page in every encoding, and compressed less than a third of it', async () => {
  const plain = await open();
  expect(plain.body.toString()).toContain('<meta name="viewport"');
  const [brotli, gzipped] = [await open({ 'accept-encoding': 'gzip, br' }), await open({ 'accept-encoding': 'gzip' })];
  expect([brotli.headers['content-encoding'], gzipped.headers['content-encoding']]).toEqual(['br', 'gzip']);
  expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
  expect(gunzipSync(gzipped.body).equals(plain.body)).toBe(true);
  expect(gzipped.body.length).toBeLessThan(plain.body.length / 3);
  expect((await open({ 'accept-encoding': 'br;q=0, gzip' })).headers['content-encoding']).toBe('gzip');
});

it('a browser that has it gets a 304', async () => {
  const { headers } = await open({ 'accept-encoding': 'br' });
  expect(headers['cache-control']).toBe('no-cache');
  const again = await open({ 'accept-encoding': 'br', 'if-none-match': String(headers['etag']) });
  expect([again.status, again.body.length]).toEqual([304, 0]);
  expect((await open({ 'accept-encoding': 'br', 'if-none-match': '"other"' })).status).toBe(200);
});

it('it is framed by nobody, is not guessed at, and tells other pages nothing', async () => {
  const { status, headers } = await open({}, 'HEAD');
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'x-frame-options': 'DENY',
    'content-security-policy': "frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  });
});
