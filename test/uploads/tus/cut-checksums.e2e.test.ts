// A request under a checksum that the server itself ends: what it has of the bytes need not match, and that is not their fault.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instance } from '../../support/instance.ts';
import { createKeyAs, revokeKeyAs, sign, startSignedIn } from '../../support/sign-in.ts';
import { readMetric } from '../../support/http.ts';
import { tus } from '../../support/tus.ts';
import { until } from '../../support/until.ts';

let waybill: Instance;
let admin: string;
beforeAll(async () => {
  waybill = await startSignedIn();
  admin = await sign();
});
afterAll(() => waybill.stop());

const asBearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

interface Begun {
  readonly patch: ClientRequest;
  readonly location: string;
  readonly answered: Promise<IncomingMessage>;
}

/** Sends half of what a PATCH announces, and waits until the server has it. */
async function sendHalf(token: string): Promise<Begun> {
  const headers = { ...asBearer(token), 'upload-length': '1000' };
  const { headers: created } = await tus('POST', `${waybill.url}/uploads`, { headers, body: '' });
  const location = created['location']!;
  const received = (): Promise<number> => readMetric(waybill.url, 'waybill_upload_received_bytes_total');
  const before = await received();
  const patch = httpRequest(location, {
    method: 'PATCH',
    headers: {
      ...asBearer(token),
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'upload-checksum': `sha1 ${Buffer.alloc(20).toString('base64')}`,
      'content-type': 'application/offset+octet-stream',
      'content-length': 1_000,
    },
  });
  patch.on('error', () => undefined);
  const answered = once(patch, 'response').then(([response]) => response as IncomingMessage);
  patch.write(Buffer.alloc(500));
  await until(received, (count) => count >= before + 500);
  return { patch, location, answered };
}

it('is 401 when its right has ended', async () => {
  const key = await createKeyAs(waybill.url, admin);
  const { patch, location, answered } = await sendHalf(key.secret);
  await revokeKeyAs(waybill.url, admin, key.id);
  const { statusCode, headers } = await answered;
  expect(statusCode).toBe(401);
  expect(headers['www-authenticate']).toBe('Bearer');
  patch.destroy();
  expect(await tus('HEAD', location, { headers: asBearer(admin) })).toMatchObject({ status: 200, offset: 0 });
});

it('is 503 with Retry-After when another request takes the upload over', async () => {
  const { patch, location, answered } = await sendHalf(admin);
  const head = tus('HEAD', location, { headers: asBearer(admin) });
  const { statusCode, headers } = await answered;
  expect(statusCode).toBe(503);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  patch.destroy();
  expect(await head).toMatchObject({ status: 200, offset: 0 });
});
