// Subscribes to fileChanges for the tests of the feed, and makes changes to watch.
import type { Client } from 'graphql-ws';
import { transition, transitions } from './client.ts';
import { Collector, type Source, overSocket, overSse } from './collect.ts';

export interface Change {
  readonly cursor: string;
  readonly kind: string;
  readonly fileId: string;
  readonly file?: { readonly id: string; readonly state: string; readonly version: number };
  readonly transition?: {
    readonly event: string;
    readonly from: string;
    readonly to: string;
    readonly version: number;
  };
  readonly progress?: { readonly bytesReceived: number };
}

const CHANGES = `subscription ($filter: FileChangeFilter, $after: Cursor) {
  fileChanges(filter: $filter, after: $after) {
    cursor kind fileId
    ... on FileRegistered { file { id state version } }
    ... on FileTransitioned { file { id state version } transition { event from to version } }
    ... on FileProgressed { progress { bytesReceived } }
  }
}`;

export interface ChangesVariables {
  readonly filter?: {
    readonly ids?: string[];
    readonly states?: string[];
    readonly follow?: boolean;
    readonly kinds?: string[];
  };
  readonly after?: string;
}

interface Data {
  readonly fileChanges: Change;
}

const toChanges =
  (source: Source<Data>): Source<Change> =>
  (push, signal) =>
    source(({ fileChanges }) => push(fileChanges), signal);

export const followChanges = (client: Client, variables: ChangesVariables = {}): Collector<Change> =>
  new Collector(toChanges(overSocket(client, CHANGES, { ...variables })));

export const followChangesBySse = (url: string, variables: ChangesVariables = {}): Collector<Change> =>
  new Collector(toChanges(overSse(url, CHANGES, { ...variables })));

const CYCLE = ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING', 'RESET'] as const;

/** The event that takes a file from this version to the next, in an endless cycle. */
export const eventAfter = (version: number): string => CYCLE[version % CYCLE.length] ?? '';

/** Makes `count` transitions of one file, one request after the other. */
export async function transitionTimes(url: string, id: string, count: number, from = 0): Promise<void> {
  for (let version = from; version < from + count; version += 1) {
    const { file, ...refusal } = await transition(url, id, eventAfter(version));
    if (file?.version !== version + 1) throw new Error(`${id} was refused: ${JSON.stringify(refusal)}`);
  }
}

/** Makes `count` transitions of each of many files, each round in one bulk mutation. */
export async function transitionTogether(url: string, ids: readonly string[], count: number): Promise<void> {
  for (let version = 0; version < count; version += 1) {
    const answers = await transitions(
      url,
      ids.map((id) => ({ id, event: eventAfter(version) })),
    );
    const refused = answers.find(({ file }) => file?.version !== version + 1);
    if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused)}`);
  }
}
