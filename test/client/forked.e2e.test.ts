// A log that was taken back, as after a failover: what a list has shown may never have been.
import { afterEach, expect, it } from 'vitest';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { until } from '../support/until.ts';
import { fileNamed } from './model-file.ts';
import { type ScriptedServer, refusal, startScriptedServer } from './scripted-server.ts';

let server: ScriptedServer;
let client: Waybill;
afterEach(async () => {
  client.close();
  await server.close();
});

const changeOf = (cursor: string, name: string, version: number): Record<string, unknown> => ({
  __typename: 'FileTransitioned',
  cursor,
  kind: 'TRANSITIONED',
  fileId: `file_${name}`,
  occurredAt: '2026-11-27T10:00:00.000Z',
  file: fileNamed(name, { version, state: 'UPLOADING' }),
  transition: {
    id: 'transition_1',
    event: 'START_UPLOAD',
    from: 'UNTRACKED',
    to: 'UPLOADING',
    version,
    attemptId: 'attempt_1',
    actor: 'ann',
    occurredAt: '2026-11-27T10:00:00.000Z',
  },
});

/** The log loses what came after `before`: the file was at version 5, and is at 1. Another was never registered. */
async function startForked(isLive: boolean): Promise<{ asked: string[] }> {
  const asked: string[] = [];
  let isForked = false;
  const pageInfo = { hasNextPage: false, endCursor: null };
  server = await startScriptedServer({
    query: () => {
      const files = isForked ? [fileNamed('a', { version: 1 })] : [fileNamed('a', { version: 5 }), fileNamed('lost')];
      return {
        feedCursor: isForked ? 'beyond' : 'before',
        files: { pageInfo, edges: files.map((node) => ({ cursor: node.id, node })) },
      };
    },
    fileChanges: async function* (after) {
      asked.push(after);
      if (after === 'before') {
        if (isLive) yield changeOf('lost', 'a', 6);
        isForked = true;
        throw refusal('FEED_FORKED', { feedCursor: 'fork' });
      }
      yield changeOf('fork+1', 'a', 2);
      await new Promise(() => undefined);
    },
  });
  client = createWaybill({ url: server.url });
  return { asked };
}

it.each([
  ['a live stream ends', true],
  ['a stream is refused', false],
])(
  'when %s with FEED_FORKED, everything is read anew whatever its version, and goes on from the cursor given',
  async (_what, isLive) => {
    const { asked } = await startForked(isLive);
    const list = client.live.files();
    list.subscribe(() => undefined);
    await until(
      () => list.getSnapshot(),
      ({ files: [file, ...others], status }) => others.length === 0 && file?.version === 2 && status === 'live',
    );
    expect(list.getSnapshot().files[0]).toMatchObject({ name: 'a', version: 2 });
    expect(asked).toEqual(['before', 'fork']);
  },
);

it('a program that copies the log is told where it forked', async () => {
  await startForked(true);
  const copied: string[] = [];
  const copy = async (): Promise<void> => {
    for await (const { cursor } of client.changes('before')) copied.push(cursor);
  };
  await expect(copy()).rejects.toMatchObject({ code: 'FEED_FORKED', extensions: { feedCursor: 'fork' } });
  expect(copied).toEqual(['lost']);
});
