// Queries and mutations of the client: one effect and one answer, whatever fails on the way.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Waybill, type WaybillOptions, createWaybill } from '../../packages/client/src/client.ts';
import type { TypedDocument } from '../../packages/client/src/document.ts';
import { WaybillError } from '../../packages/client/src/errors.ts';
import { expectSuccess } from '../../packages/client/src/expect-success.ts';
import {
  DELETE_FILE,
  READ_FILE,
  READ_FILES,
  REGISTER_FILE,
  TRANSITION_FILE,
} from '../../packages/client/src/generated/documents.ts';
import { newFile } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { inSeconds, sign, startSignedIn } from '../support/sign-in.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';

let waybill: Instance;
let proxy: TcpProxy;
let client: Waybill;

const open = (options: Partial<WaybillOptions> = {}): Waybill =>
  createWaybill({ url: proxy.urlThrough(waybill.url), ...options });

beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());
beforeEach(async () => {
  proxy = await startTcpProxy(waybill.url);
  client = open();
});
afterEach(async () => {
  client.close();
  await proxy.close();
});

const countFiles = async (name: string): Promise<number> =>
  (await client.query(READ_FILES, { filter: { nameContains: name }, first: 10 })).files.edges.length;

describe('a mutation', () => {
  it('has one effect and one answer when its first answer is lost', async () => {
    let isLost = false;
    proxy.inspect((_chunk, direction) => {
      if (direction === 'toServer' || isLost) return;
      isLost = true;
      proxy.cut();
    });
    const input = { name: 'lost answer', transfer: 'EXTERNAL' } as const;
    const { file, replayed } = expectSuccess((await client.mutate(REGISTER_FILE, { input })).registerFile);
    expect(isLost).toBe(true);
    expect(file).toMatchObject({ name: 'lost answer', state: 'UNTRACKED', version: 0 });
    expect(replayed).toBe(true);
    expect(await countFiles('lost answer')).toBe(1);
  });

  it('has one effect also where its key is undefined or null', async () => {
    for (const idempotencyKey of [undefined, null]) {
      let isLost = false;
      proxy.inspect((_chunk, direction) => {
        if (direction === 'toServer' || isLost) return;
        isLost = true;
        proxy.cut();
      });
      const input = { name: `key ${idempotencyKey}`, transfer: 'EXTERNAL', idempotencyKey } as const;
      await client.mutate(REGISTER_FILE, { input });
      expect(isLost).toBe(true);
      expect(await countFiles(input.name)).toBe(1);
    }
  });

  it('names the key that was sent when it fails', async () => {
    const input = { name: 'given', transfer: 'NONSENSE' as 'EXTERNAL', idempotencyKey: 'of the caller' };
    const failed = client.mutate(REGISTER_FILE, { input });
    await expect(failed).rejects.toMatchObject({ code: 'BAD_USER_INPUT', idempotencyKey: 'of the caller' });
  });

  it('waits for a server that is away', async () => {
    const id = await newFile(waybill.url);
    await proxy.refuse();
    const answer = client.mutate(TRANSITION_FILE, { input: { id, event: 'START_UPLOAD' } });
    await proxy.restore();
    expect((await answer).transitionFile).toMatchObject({ __typename: 'TransitionFileSuccess', file: { version: 1 } });
  });

  it('keeps a key of its own, and each item of a list gets one', async () => {
    const sent: string[] = [];
    proxy.inspect((chunk, direction) => void (direction === 'toServer' && sent.push(chunk.toString())));
    const bulk = `mutation ($input: [RegisterFileInput!]!) { registerFiles(input: $input) { __typename } }`;
    const document: TypedDocument<unknown, { input: readonly { name: string; idempotencyKey?: string }[] }> = bulk;
    const input = ['a', 'b', 'c'].map((name) => ({ name, size: 1 }));
    await client.mutate(document, { input: [{ ...input[0]!, idempotencyKey: 'mine' }, ...input.slice(1)] });
    const [, body = ''] = sent.join('').split('\r\n\r\n');
    const { variables } = JSON.parse(body) as { variables: { input: { idempotencyKey: string }[] } };
    const keys = variables.input.map(({ idempotencyKey }) => idempotencyKey);
    expect(keys[0]).toBe('mine');
    expect(new Set(keys).size).toBe(3);
    expect(keys.every((key) => key.length > 0)).toBe(true);
  });

  it('without a key is not sent again when its answer is lost', async () => {
    const id = await newFile(waybill.url);
    proxy.atMatch({ pattern: 'deleteFile' }, 'cutAfter');
    await expect(client.mutate(DELETE_FILE, { input: { id } })).rejects.toMatchObject({ code: 'NETWORK' });
  });

  const KEYED = 'keyed: registerFile(input: $keyed) { __typename }';
  const declare = (type: string): string => `mutation ($keyed: RegisterFileInput!, $input: ${type}!)`;

  it('with fields of which one takes no key is not sent again when its answer is lost', async () => {
    const id = await newFile(waybill.url);
    const mixed: TypedDocument<unknown, { keyed: object; input: object }> =
      `${declare('DeleteFileInput')} { ${KEYED} deleteFile(input: $input) { __typename } }`;
    proxy.atMatch({ pattern: 'deleteFile' }, 'cutAfter');
    const keyed = { name: 'beside a deletion', transfer: 'EXTERNAL', idempotencyKey: 'beside' };
    const lost = client.mutate(mixed, { keyed, input: { id } });
    await expect(lost).rejects.toMatchObject({ code: 'NETWORK', idempotencyKey: expect.any(String) as string });
    expect(proxy.matches).toBe(1);
  });

  it('with several fields that all take a key is sent again, with one effect of each', async () => {
    const both: TypedDocument<
      Record<string, object>,
      { keyed: object; input: object }
    > = `${declare('RegisterFileInput')} { ${KEYED} registerFile(input: $input) { __typename } }`;
    proxy.atMatch({ pattern: 'registerFile' }, 'cutAfter');
    const of = (name: string): object => ({ name, transfer: 'EXTERNAL' });
    const answer = await client.mutate(both, { keyed: of('two keys, one'), input: of('two keys, other') });
    const success = { __typename: 'RegisterFileSuccess' };
    expect(Object.values(answer)).toEqual([success, success]);
    expect(proxy.matches).toBe(1);
    expect(await countFiles('two keys')).toBe(2);
  });

  it('of which one field was refused for now after others were carried out is not sent again', async () => {
    const sent: string[] = [];
    const busy = createServer((request, response) => {
      sent.push(request.url!);
      const errors = [{ message: 'Too much.', path: ['claimFiles'], extensions: { code: 'RATE_LIMITED' } }];
      request.resume().on('end', () => response.end(JSON.stringify({ data: null, errors })));
    }).listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const other = createWaybill({ url: `http://127.0.0.1:${(busy.address() as AddressInfo).port}` });
    const mixed: TypedDocument<
      unknown,
      Record<string, object>
    > = `${declare('ClaimFilesInput')} { ${KEYED} claimFiles(input: $input) { leaseToken } }`;
    const refused = other.mutate(mixed, { keyed: { name: 'a' }, input: { worker: 'w' } });
    await expect(refused).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(sent).toHaveLength(1);
    other.close();
    busy.close();
    busy.closeAllConnections();
  });

  it('that was given up is continued with its key', async () => {
    const input = { name: 'continued', transfer: 'EXTERNAL' } as const;
    const stopping = new AbortController();
    proxy.swallow('toClient');
    const lost = client.mutate(REGISTER_FILE, { input }, { signal: stopping.signal, idempotencyKey: 'continued-1' });
    const settled = expect(lost).rejects.toMatchObject({ name: 'AbortError' });
    // Not before the server has it.
    const direct = createWaybill({ url: waybill.url });
    while (
      (await direct.query(READ_FILES, { filter: { nameContains: 'continued' }, first: 1 })).files.edges.length === 0
    );
    stopping.abort();
    await settled;
    const again = await direct.mutate(REGISTER_FILE, { input }, { idempotencyKey: 'continued-1' });
    expect(again.registerFile).toMatchObject({ replayed: true });
    direct.close();
  });

  it('answers refusals as data, which expectSuccess turns into errors', async () => {
    const id = await newFile(waybill.url);
    const { transitionFile } = await client.mutate(TRANSITION_FILE, { input: { id, event: 'RESET' } });
    expect(transitionFile).toMatchObject({
      __typename: 'TransitionRejected',
      code: 'TRANSITION_NOT_ALLOWED',
      file: { id },
    });
    expect(() => expectSuccess(transitionFile)).toThrow(WaybillError);
    expect(() => expectSuccess(transitionFile)).toThrow(
      expect.objectContaining({
        code: 'TRANSITION_NOT_ALLOWED',
        extensions: expect.objectContaining({ file: expect.anything() }) as unknown,
      }),
    );
  });
});

describe('a query', () => {
  it('is sent again when the connection breaks', async () => {
    const id = await newFile(waybill.url);
    proxy.atMatch({ pattern: 'ReadFile' }, 'cutBefore');
    expect((await client.query(READ_FILE, { id })).file?.id).toBe(id);
    expect(proxy.matches).toBe(1);
  });

  it('fails with the code of a GraphQL error, at once', async () => {
    await expect(client.query(READ_FILES, { first: -1 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('ends when its signal is aborted, or the client is closed', async () => {
    await proxy.refuse();
    const stopping = new AbortController();
    const aborted = client.query(READ_FILE, { id: 'file_1' }, { signal: stopping.signal });
    stopping.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const closed = client.query(READ_FILE, { id: 'file_1' });
    client.close();
    await expect(closed).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(client.query(READ_FILE, { id: 'file_1' })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('waits for as long as a busy server asks it to', async () => {
    const times: number[] = [];
    const busy = createServer((_request, response) => {
      times.push(Date.now());
      if (times.length === 1) response.writeHead(503, { 'retry-after': '1' }).end('<h1>Busy</h1>');
      else if (times.length === 2) {
        const errors = [{ message: 'Too much.', extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 } }];
        response.writeHead(429).end(JSON.stringify({ errors }));
      } else response.end(JSON.stringify({ data: { file: null } }));
    }).listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const other = createWaybill({ url: `http://127.0.0.1:${(busy.address() as AddressInfo).port}/` });
    expect(await other.query(READ_FILE, { id: 'file_1' })).toEqual({ file: null });
    expect(times.slice(1).map((time, at) => time - times[at]! >= 1_000)).toEqual([true, true]);
    other.close();
    busy.close();
    busy.closeAllConnections();
  });
});

it('asks for another token when one has expired', async () => {
  const signedIn = await startSignedIn();
  const tokens = [await sign({ exp: inSeconds(-60) }), await sign()];
  let asked = 0;
  const other = createWaybill({ url: signedIn.url, token: () => tokens[asked++] });
  expect(await other.query(READ_FILE, { id: 'file_1' })).toMatchObject({ file: null });
  expect(asked).toBe(2);
  const stranger = createWaybill({ url: signedIn.url, token: 'nobody' });
  await expect(stranger.query(READ_FILE, { id: 'file_1' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await signedIn.stop();
});

it('asks again for a token that could not be fetched, and waits for none once it is closed', async () => {
  let asked = 0;
  const fetchToken = async (): Promise<undefined> => {
    asked += 1;
    if (asked === 1) throw new TypeError('Failed to fetch');
  };
  const other = createWaybill({ url: waybill.url, token: fetchToken });
  expect(await other.query(READ_FILE, { id: 'file_1' })).toMatchObject({ file: null });
  expect(asked).toBe(2);
  other.close();
  const stuck = createWaybill({ url: waybill.url, token: () => new Promise<string>(() => undefined) });
  const asking = expect(stuck.query(READ_FILE, { id: 'file_1' })).rejects.toMatchObject({ code: 'CLOSED' });
  stuck.close();
  await asking;
});

it('sends more than a tenant may in a second, as fast as it may', async () => {
  const limited = await startInstance({ env: { WAYBILL_RATE_LIMIT: '5' } });
  const other = createWaybill({ url: limited.url });
  const names = Array.from({ length: 15 }, (_, at) => `file ${at}`);
  const answers = await Promise.all(
    names.map((name) => other.mutate(REGISTER_FILE, { input: { name, transfer: 'EXTERNAL' } })),
  );
  expect(answers.map(({ registerFile }) => expectSuccess(registerFile).file.name)).toEqual(names);
  other.close();
  await limited.stop();
});
