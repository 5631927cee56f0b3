// Collects the changes that a subscriber of fileChanges gets.
import { connect, request, subscribe } from './client.ts';

export interface SeenChange {
  readonly cursor: string;
  readonly kind: string;
  readonly fileId: string;
  /** Of the file as of the change; null where the change carries no file. */
  readonly version: number | null;
}

export interface Collector {
  readonly seen: SeenChange[];
  /** What ended the stream, other than `stop`. */
  readonly failure: unknown;
  stop(): Promise<void>;
}

export const CHANGES = `subscription C($after: Cursor, $filter: FileChangeFilter) {
  fileChanges(after: $after, filter: $filter) {
    cursor kind fileId
    ... on FileRegistered { file { version } }
    ... on FileTransitioned { file { version } }
  }
}`;

/** The data of one message of CHANGES. */
export interface ChangeData {
  readonly fileChanges: Omit<SeenChange, 'version'> & { readonly file?: { readonly version: number } };
}

export const seenOf = ({ fileChanges: { cursor, kind, fileId, file } }: ChangeData): SeenChange => ({
  cursor,
  kind,
  fileId,
  version: file?.version ?? null,
});

export async function readCursor(url: string): Promise<string> {
  return (await request<{ feedCursor: string }>(url, '{ feedCursor }')).feedCursor;
}

/** Collects over a WebSocket of its own until it is stopped or disconnected. */
export function collect(url: string, after: string | null = null, filter: object | null = null): Collector {
  const client = connect(url);
  const seen: SeenChange[] = [];
  let failure: unknown;
  let stopping = false;
  const collecting = (async () => {
    try {
      for await (const data of subscribe<ChangeData>(client, CHANGES, { after, filter })) seen.push(seenOf(data));
    } catch (error) {
      if (!stopping) failure = error;
    }
  })();
  return {
    seen,
    get failure() {
      return failure;
    },
    stop: async () => {
      stopping = true;
      await client.dispose();
      await collecting;
    },
  };
}

interface Shape {
  readonly extensions?: Record<string, unknown>;
}

/**
 * What the error says that ended a stream, or refused it; undefined: it was no error of the API. graphql-ws throws the errors of a
 * live stream as they are, and those of an answer come in an error of ours.
 */
export function extensionsOf(failure: unknown): Record<string, unknown> | undefined {
  const errors = Array.isArray(failure)
    ? (failure as Shape[])
    : (failure as { errors?: Shape[] } | null | undefined)?.errors;
  return errors?.[0]?.extensions;
}
