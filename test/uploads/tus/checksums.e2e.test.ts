// tus beyond the plain upload: checksums, termination and deadlines.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../../support/client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { createUpload, fileIdOf, patch, tus } from '../../support/tus.ts';
import { until } from '../../support/until.ts';

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
const eventsOf = ({ transitions }: Shown): string[] => transitions.edges.map(({ node }) => node.event);

const MOVE = `mutation ($input: TransitionFileInput!) { transitionFile(input: $input) {
  __typename ... on TransitionFileSuccess { file { state version } } ... on TransitionRejected { code }
} }`;

describe('a checksum', () => {
  const withSum = (algorithm: string, bytes: Uint8Array): Record<string, string> => ({
    'upload-checksum': `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`,
  });

  it.each(['sha1', 'sha256', 'md5'])('of %s is checked before the offset moves', async (algorithm) => {
    const bytes = randomBytes(200_000);
    const url = await createUpload(instance.url, bytes.length);
    const half = bytes.subarray(0, 100_000);
    expect(await patch(url, 0, half, withSum(algorithm, bytes))).toMatchObject({ status: 460 });
    expect(await tus('HEAD', url)).toMatchObject({ offset: 0 });
    expect(await patch(url, 0, half, withSum(algorithm, half))).toMatchObject({ status: 204, offset: 100_000 });
    const rest = bytes.subarray(100_000);
    expect(await patch(url, 100_000, rest, withSum(algorithm, half))).toMatchObject({ status: 460 });
    expect(await patch(url, 100_000, rest, withSum(algorithm, rest))).toMatchObject({ status: 204, offset: 200_000 });
    expect(await show(fileIdOf(url))).toMatchObject({ state: 'PROCESSING', sha256: sha256(bytes) });
  });

  it('of another algorithm is refused', async () => {
    const url = await createUpload(instance.url, 3);
    expect(await patch(url, 0, 'abc', { 'upload-checksum': 'crc32 AAAA' })).toMatchObject({ status: 400 });
    const options = await tus('OPTIONS', `${instance.url}/uploads`);
    expect(options.headers).toMatchObject({
      'tus-checksum-algorithm': 'sha1,sha256,md5',
      'tus-extension': 'creation,creation-with-upload,checksum,expiration,termination',
      'tus-version': '1.0.0',
    });
  });
});

describe('termination', () => {
  it('ends the file and its bytes', async () => {
    const url = await createUpload(instance.url, 10);
    await patch(url, 0, 'abcde');
    expect(await tus('DELETE', url)).toMatchObject({ status: 204 });
    expect(await tus('HEAD', url)).toMatchObject({ status: 404 });
    expect(await patch(url, 5, 'fghij')).toMatchObject({ status: 404 });
    const discarded = (): Promise<unknown[]> => instance.database.query('select id from segment where file_id is null');
    await until(discarded, (rows) => rows.length === 0);
  });
});

describe('deadlines', () => {
  it('end an upload that gets no bytes, and a retry goes on where it stopped', async () => {
    const hasty = await startInstance({ env: { WAYBILL_UPLOAD_STALL: '2s', WAYBILL_UNTRACKED_EXPIRY: '6s' } });
    try {
      const url = await createUpload(hasty.url, 6);
      const id = fileIdOf(url);
      const forgotten = await createUpload(hasty.url, 6);
      expect((await tus('HEAD', forgotten)).headers['upload-expires']).toBeDefined();
      await patch(url, 0, 'abc');
      const shown = async (): Promise<Shown | null> =>
        (await request<{ file: Shown | null }>(hasty.url, SHOW, { id })).file;
      await until(shown, (file) => file?.state === 'FAILED');
      expect(await shown()).toMatchObject({ failure: { code: 'UPLOAD_STALLED', retryable: true }, bytesReceived: 3 });
      await request(hasty.url, MOVE, { input: { id, event: 'RETRY' } });
      expect(await tus('HEAD', url)).toMatchObject({ offset: 3 });
      expect(await patch(url, 3, 'def')).toMatchObject({ status: 204, offset: 6 });
      const file = await shown();
      expect(await (await fetch(file?.contentUrl ?? '')).text()).toBe('abcdef');
      expect(eventsOf(file!)).toEqual(['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY', 'START_UPLOAD', 'COMPLETE_UPLOAD']);
      await until(
        () => tus('HEAD', forgotten),
        ({ status }) => status === 404,
      );
    } finally {
      await hasty.stop();
    }
  });
});
