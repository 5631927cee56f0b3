// waybill webhooks: make, look at, replay and remove webhooks, and forward changes to a receiver of this machine.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newFile, transition } from '../support/client.ts';
import { type CliOutcome, type RunningCli, readJsonLines, runCli, startCli } from '../support/cli.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { faultsOf } from '../support/json-schema.ts';
import { readFileSync } from 'node:fs';
import { until } from '../support/until.ts';
import {
  ALLOW_LOOPBACK,
  type Receiver,
  answerStatus,
  changesOf,
  startReceiver,
  verify,
} from '../support/webhook-receiver.ts';

let waybill: Instance;
let receiver: Receiver;
const started: RunningCli[] = [];
beforeAll(async () => {
  waybill = await startInstance({ env: ALLOW_LOOPBACK });
});
afterAll(() => waybill.stop());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
  await receiver.close();
});

const run = (...args: string[]): Promise<CliOutcome> =>
  runCli(['webhooks', ...args], { env: { WAYBILL_URL: waybill.url } });

it('add, ls, show, replay and rm', async () => {
  const added = await run('add', receiver.url, '--kind', 'transitioned', '--state', 'uploading,failed', '--json');
  const [made] = readJsonLines<{ id: string; secret: string; kinds: string[]; states: string[] }>(added.stdout);
  expect(made).toMatchObject({ kinds: ['TRANSITIONED'], states: ['UPLOADING', 'FAILED'], state: 'ACTIVE' });
  const { id, secret } = made!;
  const file = await newFile(waybill.url);
  await transition(waybill.url, file, 'START_UPLOAD');
  const isDelivered = async (): Promise<boolean> => (await run('show', id)).stdout.includes('DELIVERED');
  await until(isDelivered, (delivered) => delivered);
  expect(verify(secret, receiver.received[0]!)).toEqual(receiver.received[0]!.body);
  expect((await run('ls')).stdout).toBe(`${id}  ACTIVE  ${receiver.url}\n`);
  const [shown] = readJsonLines<{ cursor: string; deliveries: { id: string }[] }>(
    (await run('show', id, '--json')).stdout,
  );
  expect(shown!.deliveries.map((each) => each.id)).toEqual([receiver.received[0]!.id]);
  expect((await run('replay', id)).stdout).toBe(`${id}  ACTIVE\n`);
  expect((await run('rm', id)).stdout).toBe(`${id}  deleted\n`);
  expect(await run('rm', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('no such webhook') as unknown });
  expect(await run('show', id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no webhook') as unknown,
  });
  expect(await run('add', 'ftp://x')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('url must begin with https://.') as unknown,
  });
});

describe('listen', () => {
  const listen = (...args: string[]): RunningCli => {
    const cli = startCli(['webhooks', 'listen', receiver.url, ...args], { env: { WAYBILL_URL: waybill.url } });
    started.push(cli);
    return cli;
  };

  it('sends what a webhook would, signed, in order, and again what was not taken', async () => {
    const schema = JSON.parse(readFileSync('docs/webhook.schema.json', 'utf8')) as { properties?: unknown };
    const cli = listen();
    const [, secret = ''] = /signing with (\S+)/.exec(await until(cli.stderr, (text) => text.includes('sending')))!;
    let failures = 1;
    receiver.answer = (one, response, message) => {
      failures -= 1;
      answerStatus(failures >= 0 ? 500 : 200)(one, response, message);
    };
    const file = await newFile(waybill.url);
    await transition(waybill.url, file, 'START_UPLOAD');
    await until(cli.stdout, (text) => text.split('\n').length === 4);
    expect(cli.stdout()).toBe(`REGISTERED  ${file}  500\nREGISTERED  ${file}  200\nTRANSITIONED  ${file}  200\n`);
    expect(changesOf(receiver.received, file)).toEqual(['0', '1']);
    for (const one of receiver.received) {
      expect(verify(secret, one)).toEqual(one.body);
      const asSent = { ...one.body, id: `webhookdelivery_${file.slice('file_'.length)}_1_00000000` };
      expect(faultsOf(schema, asSent)).toEqual([]);
    }
    cli.child.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 130 });
  });

  it.each([
    [['--kind', 'progressed'], '--kind'],
    [['--secret', 'whsec_short'], '--secret'],
  ])('%j is refused', async (args, name) => {
    const { code, stderr } = await listen(...args).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(name);
  });
});
