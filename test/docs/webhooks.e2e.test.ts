// The receivers of docs/webhooks.md: they take what is signed, once, and nothing else. The page shows them to the letter.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newFile, transition } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';
import { ALLOW_LOOPBACK, createWebhook, readWebhook, webhookMutation } from '../support/webhook-receiver.ts';

const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
if (!hasPython) process.stderr.write('No Python 3.9: its receiver in test/docs/webhooks.e2e.test.ts is left out.\n');

const RECEIVERS: [string, string[]][] = [
  ['Express', [process.execPath, 'examples/receivers/express.ts']],
  ['Fastify', [process.execPath, 'examples/receivers/fastify.ts']],
  ['a route of Next.js', [process.execPath, 'test/support/next-route-server.ts']],
  ...(hasPython ? [['Python', ['python3', 'examples/receivers/receiver.py']] satisfies [string, string[]]] : []),
];

let waybill: Instance;
let child: ChildProcess | undefined;
beforeAll(async () => {
  waybill = await startInstance({ env: ALLOW_LOOPBACK });
});
afterAll(() => waybill.stop());
afterEach(() => child?.kill('SIGKILL'));

describe.each(RECEIVERS)('the receiver with %s', (_name, [program = '', ...args]) => {
  it('takes every change once, and nothing that is not signed', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/hook`;
    const { id, secret, cursor } = await createWebhook(waybill.url, url);
    const env = { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret };
    child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
    await until(
      () => output,
      (text) => text.includes('listening\n'),
    );
    const file = await newFile(waybill.url, { name: 'ünïcode' });
    await transition(waybill.url, file, 'START_UPLOAD');
    const expected = `listening\nREGISTERED ${file}\nTRANSITIONED ${file}\n`;
    await until(
      () => output,
      (text) => text === expected,
    );
    const isDelivered = async (): Promise<boolean> => {
      const { deliveries } = await readWebhook(waybill.url, id);
      return deliveries.length === 2 && deliveries.every(({ state }) => state === 'DELIVERED');
    };
    await until(isDelivered, (delivered) => delivered);
    // Sent again, with the same ids.
    await webhookMutation(waybill.url, 'replayWebhook', { id, after: cursor });
    await until(isDelivered, (delivered) => delivered);
    expect(output).toBe(expected);
    const headers = {
      'content-type': 'application/json',
      'webhook-id': 'a',
      'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
      'webhook-signature': 'v1,AAAA',
    };
    const forged = await fetch(url, { method: 'POST', headers, body: '{"data":{"kind":"X","fileId":"x"}}' });
    expect(forged.status).toBe(401);
    expect(output).toBe(expected);
    await webhookMutation(waybill.url, 'deleteWebhook', { id });
  });
});

it('the page shows each of them to the letter', () => {
  const page = readFileSync('docs/webhooks.md', 'utf8');
  const receivers = globSync('examples/receivers/*');
  expect(receivers).toHaveLength(4);
  const shownOf = (path: string): string => readFileSync(path, 'utf8').split('\n').slice(1).join('\n');
  expect(receivers.filter((path) => !page.includes(shownOf(path)))).toEqual([]);
});
