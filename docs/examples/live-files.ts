// A list of files that stays correct: the files as read, and every change since, applied once. It survives lost
// connections, server restarts and expired cursors. It needs no particular GraphQL client; resume-with-*.ts add one.

export interface ListedFile {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly version: number;
}

export interface Snapshot {
  readonly feedCursor: string;
  readonly files: { readonly edges: readonly { readonly node: ListedFile }[] };
}

export interface Change {
  readonly cursor: string;
  readonly kind: 'REGISTERED' | 'TRANSITIONED' | 'DELETED';
  readonly fileId: string;
  /** The file as of this change; absent for a deletion. */
  readonly file?: ListedFile;
}

// The cursor is selected before the list: a change between the two is delivered again instead of missed.
export const READ = /* GraphQL */ `
  query Files {
    feedCursor
    files(first: 1000) {
      edges {
        node {
          id
          name
          state
          version
        }
      }
    }
  }
`;

export const FOLLOW = /* GraphQL */ `
  subscription Changes($after: Cursor!) {
    fileChanges(after: $after) {
      cursor
      kind
      fileId
      ... on FileRegistered {
        file {
          ...Listed
        }
      }
      ... on FileTransitioned {
        file {
          ...Listed
        }
      }
    }
  }
  fragment Listed on File {
    id
    name
    state
    version
  }
`;

/** What a GraphQL client has to provide. */
export interface Source {
  /** Sends READ, past any cache. */
  readonly read: () => Promise<Snapshot>;
  /** Sends FOLLOW. Rejects when the stream ends, for any reason; aborting the signal ends it. */
  readonly follow: (after: string, onChange: (change: Change) => void, signal: AbortSignal) => Promise<never>;
}

interface ErrorShape {
  readonly extensions?: Record<string, unknown> | undefined;
}

/** After each of them the list is read again, and replaces what is there, whatever the versions: see run(). */
const CURSOR_ERRORS = ['CURSOR_EXPIRED', 'FEED_FORKED', 'INVALID_CURSOR'];

/** The stream has ended; `errors` are those of the server's answer, if there was one. */
export class Interrupted extends Error {
  /** The cursor no longer works: read the list again. */
  readonly isCursorLost: boolean;

  constructor(errors: readonly ErrorShape[] = []) {
    const codes = errors.map(({ extensions }) => extensions?.['code']);
    super(`the stream was interrupted: ${codes.join(', ')}`);
    this.isCursorLost = CURSOR_ERRORS.some((code) => codes.includes(code));
  }
}

/** Called with the list after each change to it; `change` is null when the list was read again. */
export type Show = (files: ReadonlyMap<string, ListedFile>, change: Change | null) => void;

/** Keeps the list live until the returned function is called. */
export function keepLive(source: Source, show: Show): () => void {
  const stopping = new AbortController();
  void run(source, show, stopping.signal);
  return () => stopping.abort();
}

async function run({ read, follow }: Source, show: Show, signal: AbortSignal): Promise<void> {
  const files = new Map<string, ListedFile>();
  let cursor: string | null = null;
  let failures = 0;

  function take(change: Change): void {
    cursor = change.cursor;
    failures = 0;
    if (applyTo(files, change)) show(files, change);
  }

  while (!signal.aborted) {
    const began = Date.now();
    try {
      if (cursor === null) {
        const snapshot = await read();
        if (signal.aborted) break;
        files.clear();
        for (const { node } of snapshot.files.edges) files.set(node.id, node);
        cursor = snapshot.feedCursor;
        show(files, null);
      }
      if (signal.aborted) break;
      // A separate signal per stream, so that its listeners are released with the stream.
      await follow(cursor, take, AbortSignal.any([signal]));
    } catch (error) {
      if (error instanceof Interrupted && error.isCursorLost) cursor = null;
    }
    failures = Date.now() - began < 30_000 ? failures + 1 : 1;
    // Random, so that the clients of a failed server do not all reconnect at once, and longer after each failure.
    await pause(100 + Math.random() * Math.min(10_000, 500 * 2 ** failures));
  }
}

/** @returns false if the list already includes the change, because it was read after the change was made */
function applyTo(files: Map<string, ListedFile>, { kind, fileId, file }: Change): boolean {
  if (kind === 'DELETED' || file === undefined) return files.delete(fileId);
  const known = files.get(fileId);
  if (known !== undefined && known.version >= file.version) return false;
  files.set(fileId, file);
  return true;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
