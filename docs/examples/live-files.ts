// A list of files that stays true: what was read, and each change since, once. It survives lost connections, restarted
// servers and cursors that have expired. It knows no GraphQL client; resume-with-*.ts bring one.

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
  /** The file as of this change; a deletion has none. */
  readonly file?: ListedFile;
}

// The cursor is selected before the list: what changes between the two is told again, and not missed.
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

/** What a GraphQL client has to bring. */
export interface Source {
  /** Sends READ, past any cache. */
  readonly read: () => Promise<Snapshot>;
  /** Sends FOLLOW. Rejects when the stream is over, whatever ended it; the signal ends it. */
  readonly follow: (after: string, onChange: (change: Change) => void, signal: AbortSignal) => Promise<never>;
}

interface ErrorShape {
  readonly extensions?: Record<string, unknown> | undefined;
}

/** A stream is over; `errors` are those of the server's answer, if it gave one. */
export class Interrupted extends Error {
  /** The cursor leads nowhere any more: the list has to be read again. */
  readonly isCursorLost: boolean;

  constructor(errors: readonly ErrorShape[] = []) {
    const codes = errors.map(({ extensions }) => extensions?.['code']);
    super(`the stream was interrupted: ${codes.join(', ')}`);
    this.isCursorLost = codes.includes('CURSOR_EXPIRED') || codes.includes('INVALID_CURSOR');
  }
}

/** Called with the list after each change of it; `change` is null when the list was read anew. */
export type Show = (files: ReadonlyMap<string, ListedFile>, change: Change | null) => void;

/** Returns what ends it. */
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
      // A signal for each stream: what listens to it goes with the stream.
      await follow(cursor, take, AbortSignal.any([signal]));
    } catch (error) {
      if (error instanceof Interrupted && error.isCursorLost) cursor = null;
    }
    failures = Date.now() - began < 30_000 ? failures + 1 : 1;
    // At random, so that the clients of a server that went down do not all come back at once; and longer each time.
    await pause(100 + Math.random() * Math.min(10_000, 500 * 2 ** failures));
  }
}

/** Whether the change is news: the list may have been read after it happened. */
function applyTo(files: Map<string, ListedFile>, { kind, fileId, file }: Change): boolean {
  if (kind === 'DELETED' || file === undefined) return files.delete(fileId);
  const known = files.get(fileId);
  if (known !== undefined && known.version >= file.version) return false;
  files.set(fileId, file);
  return true;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
