// A mutation answers with the file as committed, whatever the server did with it in the same commit, and `transition` is the
// one that was asked for.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { request } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createUpload, fileIdOf, patch } from '../support/tus.ts';

interface Answer {
  readonly replayed: boolean;
  readonly transition: { readonly event: string; readonly to: string; readonly version: number };
  readonly file: { readonly id: string; readonly state: string; readonly version: number; readonly updatedAt: string };
}

const ANSWER = `... on TransitionFileSuccess {
  replayed transition { event to version } file { id state version updatedAt attempts bytesReceived }
}`;
const MOVE = `mutation ($input: [TransitionFileInput!]!) { transitionFiles(input: $input) { ${ANSWER} } }`;
const SHOW = 'query ($id: ID!) { file(id: $id) { id state version updatedAt attempts bytesReceived } }';

let instance: Instance;

beforeAll(async () => {
  instance = await startInstance();
});

afterAll(async () => {
  await instance.stop();
});

async function move(...input: readonly { id: string; event: string; idempotencyKey?: string }[]): Promise<Answer[]> {
  return (await request<{ transitionFiles: Answer[] }>(instance.url, MOVE, { input })).transitionFiles;
}

const show = async (id: string): Promise<unknown> =>
  (await request<{ file: unknown }>(instance.url, SHOW, { id })).file;

async function newStoredFile(): Promise<string> {
  const url = await createUpload(instance.url, 4);
  await patch(url, 0, 'abcd');
  return fileIdOf(url);
}

it('the moves of the server after a RETRY are in its answer, and in every replay', async () => {
  const id = await newStoredFile();
  await move({ id, event: 'FAIL_PROCESSING' });
  const retry = { id, event: 'RETRY', idempotencyKey: 'again' };
  const [answer] = await move(retry);
  const committed = await show(id);
  expect(answer?.file).toEqual(committed);
  expect(answer).toMatchObject({
    transition: { event: 'RETRY', to: 'UNTRACKED', version: 4 },
    file: { state: 'PROCESSING', version: 6 },
  });
  await move({ id, event: 'COMPLETE_PROCESSING' });
  const [replay] = await move(retry);
  expect(replay).toEqual({ ...answer, replayed: true });
});

it('of several commands of one commit, each answers with what it left, and the last with the row', async () => {
  const id = await newStoredFile();
  const retry = { id, event: 'RETRY', idempotencyKey: 'once' };
  const answers = await move({ id, event: 'FAIL_PROCESSING' }, retry, retry, { id, event: 'COMPLETE_PROCESSING' });
  expect(answers.map(({ transition }) => transition.version)).toEqual([3, 4, 4, 7]);
  expect(answers.map(({ file }) => `${file.state} ${file.version}`)).toEqual([
    'FAILED 3',
    'PROCESSING 6',
    'PROCESSING 6',
    'INDEXED 7',
  ]);
  expect(answers.map(({ replayed }) => replayed)).toEqual([false, false, true, false]);
  expect(answers.at(-1)?.file).toEqual(await show(id));
});
