// FileChangeWithFile: one fragment gets the file of every change that has one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, newFile, request, subscribe, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile, reportProgress } from '../support/operations.ts';

const CHANGES = `subscription ($after: Cursor!) {
  fileChanges(after: $after, filter: { kinds: [REGISTERED, TRANSITIONED, PROGRESSED, DELETED] }) {
    kind
    ... on FileChangeWithFile { file { id state bytesReceived } }
  }
}`;

interface Data {
  readonly fileChanges: { readonly kind: string; readonly file?: Record<string, unknown> };
}

let waybill: Instance;
beforeAll(async () => (waybill = await startInstance()));
afterAll(() => waybill.stop());

test('registered, transitioned and progressed come with their file, deleted without', async () => {
  const { url } = waybill;
  const { feedCursor } = await request<{ feedCursor: string }>(url, '{ feedCursor }');
  const client = connect(url);
  const changes = subscribe<Data>(client, CHANGES, { after: feedCursor });
  const next = async (): Promise<unknown> => (await changes.next()).value?.fileChanges;
  const pending = next();
  const id = await newFile(url);
  expect(await pending).toEqual({ kind: 'REGISTERED', file: { id, state: 'UNTRACKED', bytesReceived: 0 } });
  await transition(url, id, 'START_UPLOAD');
  expect(await next()).toEqual({ kind: 'TRANSITIONED', file: { id, state: 'UPLOADING', bytesReceived: 0 } });
  await reportProgress(url, id, 7);
  expect(await next()).toEqual({ kind: 'PROGRESSED', file: { id, state: 'UPLOADING', bytesReceived: 7 } });
  await deleteFile(url, id);
  expect(await next()).toEqual({ kind: 'DELETED' });
  await client.dispose();
});
