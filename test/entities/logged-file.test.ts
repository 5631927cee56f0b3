// What is left out of a row of the log comes back when it is read, whatever the file is like; and rows that have all of it, as
// those from before, are read as they are.
import { expect, it } from 'vitest';
import type { LoggedKind } from '../../src/entities/file-change.ts';
import { type PlainFile, fromLogged, toLogged } from '../../src/entities/logged-file.ts';
import type { FileState } from '../../src/fsm/machine.ts';

const AT = new Date('2026-11-28T00:00:00.123Z');
const plain: PlainFile = {
  id: '01a21fe5-25ab-77f7-ade0-cbdb9ab66000',
  name: 'a.jpg',
  contentType: 'image/jpeg',
  transfer: 'MANAGED',
  size: 10,
  bytesReceived: 0,
  sha256: null,
  state: 'UNTRACKED',
  version: 0,
  attempts: 0,
  maxAttempts: 5,
  failure: null,
  processing: null,
  retryAt: null,
  createdAt: AT.toISOString(),
  updatedAt: AT.toISOString(),
};
const failure = { code: 'BROKEN', message: 'it broke', retryable: true };
const waiting = {
  worker: null,
  attempt: 0,
  progress: null,
  message: null,
  leaseExpiresAt: null,
  cancelRequested: false,
};

const columnsOf = (file: PlainFile, kind: LoggedKind) => ({
  fileId: file.id,
  version: kind === 'DELETED' ? file.version + 1 : file.version,
  toState: kind === 'TRANSITIONED' ? file.state : null,
  failure: kind === 'TRANSITIONED' ? file.failure : null,
  occurredAt: new Date(file.updatedAt),
});

const asJson = (value: object): object => JSON.parse(JSON.stringify(value)) as object;

const FILES: readonly [string, LoggedKind, Partial<PlainFile>][] = [
  ['registered', 'REGISTERED', {}],
  ['registered without a length', 'REGISTERED', { transfer: 'EXTERNAL', size: null }],
  ['empty', 'TRANSITIONED', { state: 'PROCESSING', size: 0, version: 2, processing: waiting }],
  ['waiting for a worker', 'TRANSITIONED', { state: 'PROCESSING', version: 2, processing: waiting }],
  [
    'processed',
    'TRANSITIONED',
    { state: 'PROCESSING', version: 2, processing: { ...waiting, worker: 'w', attempt: 3, progress: 0, message: '' } },
  ],
  [
    'failed',
    'TRANSITIONED',
    { state: 'FAILED', version: 3, failure, attempts: 2, bytesReceived: 10, retryAt: AT.toISOString() },
  ],
  ['deleted while it was failed', 'DELETED', { state: 'FAILED', version: 3, failure, sha256: 'ab'.repeat(32) }],
  ['changed after it was registered', 'TRANSITIONED', { state: 'UPLOADING', updatedAt: '2026-11-29T00:00:00.001Z' }],
];

it.each(FILES)('a file that is %s is read as it was', (_what, kind, changed) => {
  const file = { ...plain, ...changed };
  const columns = columnsOf(file, kind);
  const logged = toLogged(columns, file);
  expect(fromLogged(columns, asJson(logged))).toEqual(file);
  expect(fromLogged(columns, asJson(file))).toEqual(file);
});

it('of a transition the row says again neither what its columns say nor what is usual', () => {
  const file = { ...plain, state: 'PROCESSING' as FileState, version: 2, processing: waiting };
  expect(toLogged(columnsOf(file, 'TRANSITIONED'), file)).toEqual({
    name: 'a.jpg',
    contentType: 'image/jpeg',
    size: 10,
    maxAttempts: 5,
    createdAt: AT.toISOString(),
    processing: {},
  });
});
