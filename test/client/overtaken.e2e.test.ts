// Answers that overtake each other: what is shown never goes back to what was true before.
import { afterEach, expect, it } from 'vitest';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { until } from '../support/until.ts';
import { type ModelFile, fileNamed } from './model-file.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

let server: ScriptedServer;
let client: Waybill;
afterEach(async () => {
  client.close();
  await server.close();
});

/** Sends what is pushed, to the one who watches. */
class Changes {
  #sent = 0;
  readonly #waiting: Record<string, unknown>[] = [];
  #wake = (): void => undefined;

  register(file: ModelFile): void {
    const { id: fileId, createdAt: occurredAt } = file;
    const cursor = `change ${(this.#sent += 1)}`;
    this.#waiting.push({ __typename: 'FileRegistered', kind: 'REGISTERED', cursor, fileId, occurredAt, file });
    this.#wake();
  }

  async *stream(): AsyncGenerator<Record<string, unknown>> {
    for (;;) {
      const change = this.#waiting.shift();
      if (change !== undefined) yield change;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

async function start(query: (variables: Record<string, unknown>) => Record<string, unknown>): Promise<Changes> {
  const changes = new Changes();
  server = await startScriptedServer({ query, fileChanges: () => changes.stream() });
  client = createWaybill({ url: server.url });
  return changes;
}

const untilLive = async (store: { getSnapshot(): { status: string } }): Promise<unknown> =>
  await until(
    () => store.getSnapshot().status,
    (status) => status === 'live',
  );

it('a file that was read before it was moved is shown as the mutation has answered it', async () => {
  const reading = Promise.withResolvers<void>();
  const asked: string[] = [];
  const state = 'UPLOADING';
  await start((variables) => ({
    feedCursor: 'cursor',
    file: async () => {
      asked.push(JSON.stringify(variables));
      await reading.promise;
      return fileNamed('a', { version: 4 });
    },
    transitionFile: {
      __typename: 'TransitionFileSuccess',
      replayed: false,
      file: fileNamed('a', { version: 5, state }),
    },
  }));
  const file = client.live.file('file_a');
  const shown: unknown[] = [];
  file.subscribe(() => shown.push(file.getSnapshot().file?.version));
  await until(
    () => asked.length,
    (times) => times === 1,
  );
  expect(await file.transition('START_UPLOAD')).toMatchObject({ version: 5 });
  reading.resolve();
  await untilLive(file);
  expect(file.getSnapshot().file).toMatchObject({ version: 5, state });
  expect(shown).not.toContain(4);
});

it('counts that were asked for earlier do not replace later ones', async () => {
  const answers: ((count: number) => void)[] = [];
  const changes = await start(() => ({
    feedCursor: 'cursor',
    fileCounts: async () => {
      const { promise, resolve } = Promise.withResolvers<number>();
      answers.push(resolve);
      return [{ state: 'UNTRACKED', count: await promise }];
    },
  }));
  const counts = client.live.counts();
  const shown = new Set<number | undefined>();
  counts.subscribe(() => shown.add(counts.getSnapshot().counts?.UNTRACKED));
  const untilAsked = (times: number): Promise<number> =>
    until(
      () => answers.length,
      (asked) => asked === times,
    );
  const untilShown = (count: number): Promise<unknown> =>
    until(
      () => counts.getSnapshot().counts?.UNTRACKED,
      (found) => found === count,
    );
  await untilAsked(1);
  answers[0]!(1);
  await untilLive(counts);
  for (const times of [2, 3]) {
    changes.register(fileNamed('any'));
    await untilAsked(times);
  }
  answers[2]!(3);
  await untilShown(3);
  answers[1]!(2);
  changes.register(fileNamed('any'));
  await untilAsked(4);
  answers[3]!(4);
  await untilShown(4);
  expect(shown).not.toContain(2);
});

it('of many names that only the server knows, a few are asked about at a time', async () => {
  const release = Promise.withResolvers<void>();
  const [known, asked] = [new Map<string, ModelFile>(), new Set<string>()];
  const changes = await start(({ filter }) => {
    const { createdAfter = null } = (filter ?? {}) as { createdAfter?: string | null };
    if (createdAfter !== null) asked.add(createdAfter);
    return {
      feedCursor: 'cursor',
      files: async () => {
        if (createdAfter !== null) await release.promise;
        const found = [...known.values()].filter(
          ({ createdAt }) => createdAfter === null || createdAt === createdAfter,
        );
        const edges = found.map((node) => ({ cursor: node.id, node }));
        return { pageInfo: { hasNextPage: false, endCursor: null }, edges };
      },
    };
  });
  const list = client.live.files({ nameContains: 'É' }, { pageSize: 1_000 });
  list.subscribe(() => undefined);
  await untilLive(list);
  const add = (name: string, at: number): void => {
    const file = fileNamed(name, { createdAt: new Date(Date.UTC(2026, 0, 1) + at).toISOString() });
    known.set(file.id, file);
    changes.register(file);
  };
  for (let at = 0; at < 50; at += 1) add(`é ${at}`, at);
  // It needs no question, and comes after the others.
  add('É', 50);
  await until(
    () => list.getSnapshot().files.length,
    (length) => length === 1,
  );
  expect(asked.size).toBeLessThanOrEqual(4);
  // Too many: everything is read anew, which asks no question.
  for (let at = 51; at < 300; at += 1) add(`é ${at}`, at);
  await until(
    () => list.getSnapshot().files.length,
    (length) => length >= 155,
  );
  release.resolve();
  await until(
    () => list.getSnapshot().files.length,
    (length) => length === 300,
  );
  expect(asked.size).toBeLessThan(250);
});
