// The stream of changes as the tests of the feed watch it.
import type { Client } from 'graphql-ws';
import { transition, transitions } from './client.ts';
import { Collector, type Source, overSocket, overSse } from './collect.ts';

export interface Change {
  readonly cursor: string;
  readonly kind: string;
  readonly fileId: string;
  readonly file?: { readonly id: string; readonly state: string; readonly version: number };
  readonly transition?: { readonly event: string; readonly to: string; readonly version: number };
  readonly progress?: { readonly bytesReceived: number };
}

const CHANGES = `subscription ($filter: FileChangeFilter, $after: Cursor) {
  fileChanges(filter: $filter, after: $after) {
    cursor kind fileId
    ... on FileRegistered { file { id state version } }
    ... on FileTransitioned { file { id state version } transition { event to version } }
    ... on FileProgressed { progress { bytesReceived } }
  }
}`;

export interface ChangesAsked {
  readonly filter?: { readonly ids?: string[]; readonly states?: string[]; readonly kinds?: string[] };
  readonly after?: string;
}

interface Data {
  readonly fileChanges: Change;
}

const unwrapped =
  (source: Source<Data>): Source<Change> =>
  (push, signal) =>
    source(({ fileChanges }) => push(fileChanges), signal);

export const followChanges = (client: Client, asked: ChangesAsked = {}): Collector<Change> =>
  new Collector(unwrapped(overSocket(client, CHANGES, { ...asked })));

export const followChangesBySse = (url: string, asked: ChangesAsked = {}): Collector<Change> =>
  new Collector(unwrapped(overSse(url, CHANGES, { ...asked })));

const ROUND = ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING', 'RESET'] as const;

/** The event that takes a file from a version to the next, round and round. */
export const eventAfter = (version: number): string => ROUND[version % ROUND.length] ?? '';

/** Moves one file `count` times, one request after the other. */
export async function moveOn(url: string, id: string, count: number, from = 0): Promise<void> {
  for (let version = from; version < from + count; version += 1) {
    const { file, ...refusal } = await transition(url, id, eventAfter(version));
    if (file?.version !== version + 1) throw new Error(`${id} did not move: ${JSON.stringify(refusal)}`);
  }
}

/** Moves many files `count` times, each round in one bulk. */
export async function moveTogether(url: string, ids: readonly string[], count: number): Promise<void> {
  for (let version = 0; version < count; version += 1) {
    const answers = await transitions(
      url,
      ids.map((id) => ({ id, event: eventAfter(version) })),
    );
    const refused = answers.find(({ file }) => file?.version !== version + 1);
    if (refused !== undefined) throw new Error(`not moved: ${JSON.stringify(refused)}`);
  }
}
