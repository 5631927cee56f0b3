// Filters of fileChanges: which changes a subscriber gets.
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Change,
  type ChangesVariables,
  followChanges,
  followChangesBySse,
  transitionTimes,
  transitionTogether,
} from '../support/watched-changes.ts';
import { connect, newFile, request, transition } from '../support/client.ts';
import { readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile, reportProgress } from '../support/operations.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let url: string;
let client: Client;
let start: string;
/** Everything logged, in feed order: three files through their lives, one of them deleted, and 900 changes of others. */
let history: readonly Change[];
let ids: string[];
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
  client = connect(url);
  start = (await request<{ feedCursor: string }>(url, '{ feedCursor }')).feedCursor;
  ids = [await newFile(url), await newFile(url), await newFile(url)];
  const [one = '', two = '', gone = ''] = ids;
  await transitionTimes(url, one, 3);
  await transition(url, two, 'START_UPLOAD');
  await reportProgress(url, two, 10);
  await transition(url, two, 'FAIL_UPLOAD');
  await deleteFile(url, gone);
  await transitionTogether(url, await Promise.all(Array.from({ length: 9 }, () => newFile(url))), 99);
  history = await collect(client, { after: start }, 3 + 3 + 2 + 1 + 900);
});
afterAll(async () => {
  await client.dispose();
  await waybill.stop();
});

async function collect(from: Client, variables: ChangesVariables, count: number): Promise<readonly Change[]> {
  const stream = followChanges(from, variables);
  const changes = [...(await stream.take(count))];
  await stream.stop();
  return changes;
}

const followed = (times: number): Promise<number> =>
  until(
    () => readMetric(url, 'waybill_feed_followers'),
    (followers) => followers === times,
  );

describe('a filter', () => {
  /** Compares what a subscription with a filter gets with what `chosen` selects from the history. */
  async function compare(variables: NonNullable<ChangesVariables['filter']>, chosen: (change: Change) => boolean) {
    const expected = history.filter(chosen);
    expect(expected.length).toBeGreaterThan(0);
    const got = await collect(client, { filter: variables, after: start }, expected.length);
    expect(got.slice(0, expected.length)).toEqual(expected);
  }

  it('by ids', async () => {
    const chosen = ids.slice(0, 2);
    await compare({ ids: chosen }, ({ fileId }) => chosen.includes(fileId));
  });

  it('by the state after the change', async () => {
    await compare({ states: ['FAILED'] }, ({ file }) => file?.state === 'FAILED');
    await compare({ states: ['PROCESSING', 'INDEXED'] }, ({ file }) =>
      ['PROCESSING', 'INDEXED'].includes(file?.state ?? ''),
    );
  });

  it('by states that are followed: also the change with which a file leaves them, live as after a cursor', async () => {
    const states = ['PROCESSING', 'FAILED'];
    const isChosen = ({ file, transition: moved }: Change): boolean =>
      states.includes(file?.state ?? '') || states.includes(moved?.from ?? '');
    await compare({ states, follow: true }, isChosen);
    await followed(0); // nobody of before is counted
    const live = followChanges(client, { filter: { states, follow: true } });
    const sse = followChangesBySse(url, { filter: { states, follow: true } });
    await followed(2);
    const id = await newFile(url);
    await transitionTimes(url, id, 4);
    for (const stream of [live, sse]) {
      await stream.take(2);
      await stream.stop();
      expect(stream.items.map(({ fileId, file }) => [fileId, file?.state])).toEqual([
        [id, 'PROCESSING'],
        [id, 'INDEXED'],
      ]);
    }
  });

  it('by kinds', async () => {
    await compare({ kinds: ['REGISTERED', 'DELETED'] }, ({ kind }) => kind !== 'TRANSITIONED');
    await compare({ kinds: ['DELETED'] }, ({ kind }) => kind === 'DELETED');
  });

  it('by all of them: every part must hold', async () => {
    const [one = ''] = ids;
    await compare(
      { ids, states: ['UPLOADING'], kinds: ['TRANSITIONED'] },
      ({ fileId, file }) => ids.includes(fileId) && file?.state === 'UPLOADING',
    );
    await compare({ ids: [one], kinds: ['REGISTERED'] }, ({ fileId, kind }) => fileId === one && kind === 'REGISTERED');
  });

  it('with an empty list selects nothing, and without one everything but PROGRESSED', async () => {
    const id = await newFile(url);
    await followed(0);
    const none = [{ ids: [] }, { states: [] }, { kinds: [] }].map((filter) =>
      followChanges(client, { filter, after: start }),
    );
    const all = followChanges(client, { filter: { ids: [id] } });
    const progress = followChanges(client, { filter: { ids: [id], kinds: ['PROGRESSED'] } });
    const everything = followChanges(client, {
      filter: { ids: [id], kinds: ['REGISTERED', 'TRANSITIONED', 'PROGRESSED', 'DELETED'] },
    });
    await followed(6);
    await transition(url, id, 'START_UPLOAD');
    await until(
      () => everything.items.at(-1)?.kind,
      (kind) => kind === 'TRANSITIONED',
    );
    await reportProgress(url, id, 7);
    await progress.take(1);
    await deleteFile(url, id);
    const deleted = ({ items }: { items: Change[] }): Promise<unknown> =>
      until(
        () => items.at(-1)?.kind,
        (kind) => kind === 'DELETED',
      );
    await Promise.all([deleted(all), deleted(everything)]);
    const streams = [...none, all, progress, everything];
    await Promise.all(streams.map((stream) => stream.stop()));
    const kindsOf = ({ items }: { items: Change[] }) =>
      items.map(({ kind }) => kind).filter((kind) => kind !== 'REGISTERED');
    expect(streams.map(kindsOf)).toEqual([
      [],
      [],
      [],
      ['TRANSITIONED', 'DELETED'],
      ['PROGRESSED'],
      ['TRANSITIONED', 'PROGRESSED', 'DELETED'],
    ]);
    expect(progress.items).toMatchObject([{ fileId: id, progress: { bytesReceived: 7 } }]);
    // Progress has no position of its own: resuming after its cursor repeats nothing.
    const [moved, reported, last] = everything.items.filter(({ kind }) => kind !== 'REGISTERED');
    expect(reported?.cursor).toBe(moved?.cursor);
    expect(await collect(client, { filter: { ids: [id] }, after: reported!.cursor }, 1)).toEqual([last]);
  });
});
