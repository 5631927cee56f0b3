// Uploads over tus from the first byte to the last: the answers, the row, and the bytes read back.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../../support/client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { createUpload, fileIdOf, metadata, patch, tus } from '../../support/tus.ts';

let instance: Instance;

beforeAll(async () => {
  instance = await startInstance();
});

afterAll(async () => {
  await instance.stop();
});

interface Shown {
  readonly state: string;
  readonly version: number;
  readonly attempts: number;
  readonly bytesReceived: number;
  readonly size: number;
  readonly sha256: string | null;
  readonly uploadUrl: string | null;
  readonly contentUrl: string | null;
  readonly failure: { readonly code: string; readonly retryable: boolean } | null;
  readonly name: string;
  readonly contentType: string;
  readonly metadata: Record<string, unknown>;
  readonly transitions: {
    readonly edges: readonly { readonly node: { readonly event: string; readonly actor: string } }[];
  };
}

const SHOW = `query ($id: ID!) { file(id: $id) {
  state version attempts bytesReceived size sha256 uploadUrl contentUrl failure { code retryable } name contentType metadata
  transitions { edges { node { event actor } } }
} }`;

async function show(id: string): Promise<Shown> {
  const { file } = await request<{ file: Shown | null }>(instance.url, SHOW, { id });
  if (file === null) throw new Error(`no file ${id}`);
  return file;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const REGISTER = `mutation ($input: RegisterFileInput!) { registerFile(input: $input) {
  __typename ... on RegisterFileSuccess { replayed file { id state version uploadUrl } } ... on Error { code message }
} }`;

interface Registered {
  readonly registerFile: {
    readonly replayed: boolean;
    readonly file: { id: string; state: string; version: number; uploadUrl: string };
  };
}

async function register(input: Record<string, unknown>): Promise<Registered['registerFile']> {
  return (await request<Registered>(instance.url, REGISTER, { input })).registerFile;
}

const MOVE = `mutation ($input: TransitionFileInput!) { transitionFile(input: $input) {
  __typename ... on TransitionFileSuccess { file { state version } } ... on TransitionRejected { code }
} }`;

async function move(id: string, event: string): Promise<{ code?: string; file?: { state: string } }> {
  const answer = await request<{ transitionFile: { code?: string; file?: { state: string } } }>(instance.url, MOVE, {
    input: { id, event },
  });
  return answer.transitionFile;
}

describe('an upload', () => {
  it('drives the life of its file, and can be read back', async () => {
    const bytes = randomBytes(300_000);
    const url = await createUpload(instance.url, bytes.length, {
      filename: 'a.bin',
      filetype: 'image/png',
      color: 'red',
    });
    const id = fileIdOf(url);
    expect(await show(id)).toMatchObject({
      state: 'UNTRACKED',
      name: 'a.bin',
      contentType: 'image/png',
      metadata: { color: 'red' },
      uploadUrl: url,
      contentUrl: null,
    });
    const head = await tus('HEAD', url);
    expect(head).toMatchObject({ status: 200, offset: 0 });
    expect(head.headers).toMatchObject({ 'upload-length': '300000', 'cache-control': 'no-store' });
    expect(head.headers['upload-metadata']).toContain(metadata({ filename: 'a.bin' }));

    expect(await patch(url, 0, bytes.subarray(0, 100_000))).toMatchObject({ status: 204, offset: 100_000 });
    expect(await show(id)).toMatchObject({ state: 'UPLOADING', version: 1, attempts: 1, bytesReceived: 100_000 });
    expect(await patch(url, 100_000, bytes.subarray(100_000))).toMatchObject({ status: 204, offset: 300_000 });
    const file = await show(id);
    expect(file).toMatchObject({
      state: 'PROCESSING',
      version: 2,
      bytesReceived: 300_000,
      sha256: sha256(bytes),
      uploadUrl: null,
    });
    expect(file.transitions.edges.map(({ node }) => [node.event, node.actor])).toEqual([
      ['START_UPLOAD', 'system:uploads'],
      ['COMPLETE_UPLOAD', 'system:uploads'],
    ]);
    const content = await fetch(file.contentUrl ?? '');
    expect(sha256(new Uint8Array(await content.arrayBuffer()))).toBe(sha256(bytes));
    expect(content.headers.get('etag')).toBe(`"${sha256(bytes)}"`);
  });

  it('comes in one request with its creation', async () => {
    const bytes = randomBytes(5_000);
    const headers = { 'upload-length': '5000', 'content-type': 'application/offset+octet-stream' };
    const answer = await tus('POST', `${instance.url}/uploads`, { headers, body: bytes });
    expect(answer).toMatchObject({ status: 201, offset: 5_000 });
    expect(await show(fileIdOf(answer.headers.location ?? ''))).toMatchObject({
      state: 'PROCESSING',
      version: 2,
      sha256: sha256(bytes),
    });
  });

  it('of a registered file begins at its uploadUrl, or at a creation that names it', async () => {
    const { file } = await register({ name: 'b', size: 3 });
    expect(await tus('HEAD', file.uploadUrl)).toMatchObject({ status: 200, offset: 0 });
    expect(await createUpload(instance.url, 3, { fileId: file.id })).toBe(file.uploadUrl);
    expect(await patch(file.uploadUrl, 0, 'abc')).toMatchObject({ status: 204, offset: 3 });
    expect(await show(file.id)).toMatchObject({ state: 'PROCESSING' });
  });

  it('of no bytes is complete when it is created, and its registration replays', async () => {
    const input = { name: 'empty', size: 0, idempotencyKey: 'empty' };
    const first = await register(input);
    expect(first).toMatchObject({ replayed: false, file: { state: 'PROCESSING', version: 2, uploadUrl: null } });
    expect(await register(input)).toEqual({ ...first, replayed: true });
    const url = await createUpload(instance.url, 0);
    expect(await show(fileIdOf(url))).toMatchObject({
      state: 'PROCESSING',
      version: 2,
      sha256: sha256(new Uint8Array()),
    });
  });

  it('with wrong bytes fails with its last request, and a retry begins anew', async () => {
    const bytes = randomBytes(1_000);
    const { file } = await register({ name: 'wrong', size: 1_000, sha256: sha256(bytes) });
    const wrong = Buffer.alloc(1_000, 1);
    expect(await patch(file.uploadUrl, 0, wrong)).toMatchObject({ status: 460 });
    expect(await show(file.id)).toMatchObject({
      state: 'FAILED',
      bytesReceived: 0,
      failure: { code: 'DIGEST_MISMATCH', retryable: true },
    });
    expect(await patch(file.uploadUrl, 0, bytes)).toMatchObject({ status: 403 });
    expect(await move(file.id, 'RETRY')).toMatchObject({ file: { state: 'UNTRACKED' } });
    expect(await patch(file.uploadUrl, 0, bytes)).toMatchObject({ status: 204, offset: 1_000 });
    expect(await show(file.id)).toMatchObject({ state: 'PROCESSING', attempts: 2, sha256: sha256(bytes) });
  });

  it('that was processed in vain is processed again from the bytes that are here', async () => {
    const url = await createUpload(instance.url, 4);
    await patch(url, 0, 'abcd');
    const id = fileIdOf(url);
    await move(id, 'FAIL_PROCESSING');
    expect(await move(id, 'RETRY')).toMatchObject({ file: { state: 'PROCESSING' } });
    const file = await show(id);
    expect(file).toMatchObject({ state: 'PROCESSING', bytesReceived: 4, attempts: 2, version: 6 });
    expect(await (await fetch(file.contentUrl ?? '')).text()).toBe('abcd');
  });

  it('loses its bytes with RESET, and takes others of the same length', async () => {
    const url = await createUpload(instance.url, 4);
    const id = fileIdOf(url);
    await patch(url, 0, 'abcd');
    await move(id, 'COMPLETE_PROCESSING');
    await move(id, 'RESET');
    expect(await show(id)).toMatchObject({ state: 'UNTRACKED', bytesReceived: 0, sha256: null, contentUrl: null });
    expect(await patch(url, 0, 'efgh')).toMatchObject({ status: 204 });
    const { contentUrl } = await show(id);
    expect(await (await fetch(contentUrl ?? '')).text()).toBe('efgh');
  });

  it('is started and completed by the server only', async () => {
    const { file } = await register({ name: 'c', size: 3 });
    expect(await move(file.id, 'START_UPLOAD')).toMatchObject({ code: 'FORBIDDEN' });
    expect(await move(file.id, 'COMPLETE_UPLOAD')).toMatchObject({ code: 'FORBIDDEN' });
  });
});
