// Receivers that misbehave: what they are sent ends with a reason, and others are not delayed.
import { type Server, createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createTemporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';
import {
  ALLOW_LOOPBACK,
  type Answer,
  type Receiver,
  answerStatus,
  createWebhook,
  readWebhook,
  startReceiver,
  webhookMutation,
} from '../support/webhook-receiver.ts';

let waybill: Instance;
let good: Receiver;
const opened: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  waybill = await startInstance({ env: { ...ALLOW_LOOPBACK, WAYBILL_WEBHOOK_TIMEOUT: '2s' } });
  good = await startReceiver();
  await createWebhook(waybill.url, good.url);
});
afterAll(async () => {
  await waybill.stop();
  await good.close();
  for (const close of opened) await close();
});

/** What the first attempt ends with. */
async function failureOf(url: string): Promise<string | null> {
  const { id } = await createWebhook(waybill.url, url);
  const file = await newFile(waybill.url);
  const webhook = await until(
    () => readWebhook(waybill.url, id),
    ({ deliveries }) => deliveries.some(({ attempts, fileId }) => attempts > 0 && fileId === file),
  );
  await until(
    () => good.received.some(({ body }) => body.data.fileId === file),
    (hasArrived) => hasArrived,
  );
  await webhookMutation(waybill.url, 'deleteWebhook', { id });
  const own = webhook.deliveries.find(({ fileId }) => fileId === file)!;
  return own.state === 'DELIVERED' ? null : own.error;
}

async function badly(answer: Answer): Promise<string> {
  const receiver = await startReceiver(answer);
  opened.push(() => receiver.close());
  return receiver.url;
}

async function listenOn(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

const trickle: Answer = (_one, response) => {
  const timer = setInterval(() => response.socket?.write('x'), 100);
  response.socket?.write('HTTP/1.1 200 OK\r\nx: ');
  response.socket?.once('close', () => clearInterval(timer));
};

describe('a receiver that', () => {
  it.each<[string, Answer, string]>([
    ['answers 500', answerStatus(500), 'status 500'],
    ['hangs', () => undefined, 'no answer within 2 s'],
    ['trickles the head of its answer', trickle, 'no answer within 2 s'],
    [
      'redirects to this machine',
      (one, response, message) => answerStatus(307, { location: 'http://127.0.0.1:1/' })(one, response, message),
      'status 307; redirects are not followed',
    ],
    ['closes at once', (_one, _response, message) => void message.socket.destroy(), 'the connection was closed'],
    [
      'does not speak HTTP',
      (_one, response) => void response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n'),
      'the answer is not HTTP',
    ],
    [
      'answers with endless headers',
      (_one, response) => void response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`),
      'the headers of the answer are too long',
    ],
    [
      'answers 200 after the time limit',
      (_one, response) => void setTimeout(() => response.writeHead(200).end(), 4_000),
      'no answer within 2 s',
    ],
  ])('%s', async (_what, answer, error) => {
    expect(await failureOf(await badly(answer))).toBe(error);
  });

  it('answers 200 with 1 GiB has been answered, and no more than a little of it is read', async () => {
    const sent = { bytes: 0, isClosed: false };
    const url = await badly((_one, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(65_536);
      const write = (): void => {
        while (sent.bytes < 2 ** 30 && !sent.isClosed && response.write(chunk)) sent.bytes += chunk.length;
      };
      response.on('drain', write).once('close', () => (sent.isClosed = true));
      write();
    });
    expect(await failureOf(url)).toBeNull();
    await until(
      () => sent.isClosed,
      (closed) => closed,
    );
    expect(sent.bytes).toBeLessThan(64 * 2 ** 20);
  });

  it('answers 200 and trickles the rest has been answered, and its connection is closed in time', async () => {
    const sent = { chunks: 0, isClosed: false };
    const url = await badly((_one, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x') && (sent.chunks += 1), 100);
      response.once('close', () => {
        clearInterval(timer);
        sent.isClosed = true;
      });
    });
    const { id } = await createWebhook(waybill.url, url);
    await newFile(waybill.url);
    await until(
      () => sent.isClosed,
      (closed) => closed,
    );
    expect(sent.chunks).toBeGreaterThan(0);
    const { deliveries } = await until(
      () => readWebhook(waybill.url, id),
      (webhook) => webhook.deliveries.length > 0,
    );
    expect(deliveries).toMatchObject([{ state: 'DELIVERED', status: 200, attempts: 1 }]);
    await webhookMutation(waybill.url, 'deleteWebhook', { id });
  });

  it('is not there', async () => {
    const server = createTcpServer();
    const port = await listenOn(server);
    server.close();
    expect(await failureOf(`http://127.0.0.1:${port}/`)).toBe('the connection was refused');
  });

  it('presents a certificate that nobody trusts', async () => {
    const dir = await createTemporaryDir();
    opened.push(() => dir.remove());
    const [key, cert] = [join(dir.path, 'key.pem'), join(dir.path, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) });
    const port = await listenOn(server);
    expect(await failureOf(`https://127.0.0.1:${port}/`)).toBe('TLS: DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});

describe('a mutation', () => {
  const URL_GIVEN = { url: 'https://example.com/' };
  it.each<[string, Record<string, unknown>, string]>([
    ['createWebhook', { ...URL_GIVEN, kinds: [] }, 'kinds'],
    ['createWebhook', { ...URL_GIVEN, kinds: ['PROGRESSED'] }, 'kinds'],
    ['createWebhook', { ...URL_GIVEN, states: [] }, 'states'],
    ['createWebhook', { ...URL_GIVEN, after: 'no cursor' }, 'after'],
    ['updateWebhook', { id: 'webhook_1', state: 'PAUSED' }, 'id'],
    ['updateWebhook', { id: 'webhook_1', state: 'DISABLED' }, 'state'],
    ['updateWebhook', { id: 'webhook_1', url: 'https://10.0.0.1/' }, 'url'],
    ['replayWebhook', { id: 'webhook_1', after: 'no cursor' }, 'id'],
    ['rotateWebhookSecret', { id: '' }, 'id'],
    ['deleteWebhook', { id: 'file_019aa8f0-7d1c-7c3e-9d5e-0b8f2f6f4a11' }, 'id'],
  ])('%s with %j is refused', async (name, input, field) => {
    const result = await webhookMutation(waybill.url, name, input);
    expect(result).toMatchObject({ __typename: 'RequestError', code: 'INVALID_INPUT', field });
  });
});

describe('a URL', () => {
  it.each([
    ['https://user:secret@example.com/', 'user or a password'],
    ['https://example.com:22/', 'port 22'],
    ['https://[::ffff:10.0.0.1]/', 'does not send to'],
    ['https://[::1]/', 'does not send to'],
    ['https://167772161/', 'does not send to'],
    ['https://0xa9fea9fe/', 'does not send to'],
    ['https://0251.0376.0251.0376/', 'does not send to'],
    ['https://169.254.169.254/latest/meta-data', 'does not send to'],
    ['https://10.1.2.3/', 'does not send to'],
    ['https://[fd00::1]/', 'does not send to'],
    ['https://[64:ff9b::a00:1]/', 'does not send to'],
    [`https://example.com/${'x'.repeat(10_000)}`, '2048'],
    ['ftp://example.com/', 'https://'],
    ['file:///etc/passwd', 'https://'],
    ['example.com', 'absolute URL'],
    ['https://exa mple.com/', 'absolute URL'],
    ['https://example.com/\n', 'absolute URL'],
    ['https://example.com/#part', 'fragment'],
    ['http://93.184.216.34/', 'does not send to'],
    ['', 'absolute URL'],
  ])('%j is refused', async (url, reason) => {
    const result = await webhookMutation(waybill.url, 'createWebhook', { url });
    expect(result).toMatchObject({ __typename: 'RequestError', code: 'INVALID_INPUT', field: 'url' });
    expect(result.message).toContain(reason);
  });

  it('without TLS is refused where nothing is allowed', async () => {
    const strict = await startInstance();
    const result = await webhookMutation(strict.url, 'createWebhook', { url: 'http://example.com/' });
    await strict.stop();
    expect(result.message).toContain('https://');
  });
});
