// A live list of files.
import { FOLLOW_CHANGES, READ_FILES } from '../generated/documents.ts';
import type {
  FileFilter,
  FileOrder,
  LifecycleEvent,
  ListedFileFragment as WaybillFile,
} from '../generated/operations.ts';
import { type Connection, type TransitionOptions, readOnce, readPatiently, transition } from './connection.ts';
import { FileList, type FilePage } from './file-list.ts';
import { statesFit } from './filter.ts';
import type { Change } from './follower.ts';
import { OptimisticTransitions } from './optimistic.ts';
import { NEWEST_FIRST, comparing } from './order.ts';
import { Questions } from './questions.ts';
import { LiveStore, type Liveness, type Store } from './store.ts';

export interface FilesOptions {
  /** Default: newest first. */
  readonly orderBy?: FileOrder | undefined;
  /** 1 to 1000. Default: 50. */
  readonly pageSize?: number | undefined;
  /** Keep `bytesReceived` current while bytes arrive, not only from state to state. Default: false. */
  readonly progress?: boolean | undefined;
}

export interface FilesData {
  /** In order. */
  readonly files: readonly WaybillFile[];
  /** There may be more: `loadMore`. */
  readonly hasMore: boolean;
}

export type FilesSnapshot = FilesData & Liveness;

export interface LiveFiles extends Store<FilesSnapshot> {
  /** One page more. Nothing is missed or doubled, whatever changes meanwhile. @throws WaybillError */
  readonly loadMore: () => Promise<void>;
  /**
   * Sends an event to a file. The list shows at once what it leads to, and takes it back when the server refuses.
   * @throws WaybillError
   */
  readonly transition: (id: string, event: LifecycleEvent, options?: TransitionOptions) => Promise<WaybillFile>;
}

/** The most that a page may have. */
const MAX_PAGE = 1_000;

const PROGRESS_TOO = ['REGISTERED', 'TRANSITIONED', 'DELETED', 'PROGRESSED'] as const;

export class FilesStore implements LiveFiles {
  readonly #connection: Connection;
  readonly #filter: FileFilter;
  readonly #orderBy: FileOrder;
  readonly #pageSize: number;
  readonly #list: FileList;
  readonly #guesses = new OptimisticTransitions();
  readonly #store: LiveStore<FilesData>;
  /** Of the last page. */
  #endCursor: string | null = null;
  #loading: Promise<void> | null = null;
  /** Counts how often everything was read anew. */
  #readings = 0;

  constructor(connection: Connection, filter: FileFilter, options: FilesOptions) {
    this.#connection = connection;
    this.#filter = filter;
    this.#orderBy = options.orderBy ?? NEWEST_FIRST;
    this.#pageSize = options.pageSize ?? 50;
    const questions = new Questions<WaybillFile>({
      ask: (file) => this.#askAbout(file),
      onGivenUp: () => this.#store.startOver(),
    });
    const onUndecided = (file: WaybillFile): void => questions.add(file);
    this.#list = new FileList({ filter, compare: comparing(this.#orderBy), onUndecided });
    this.#store = new LiveStore<FilesData>(connection.socket, connection.endpoint.closing, {
      document: FOLLOW_CHANGES.toString(),
      variables: {
        filter: {
          ...(filter.states != null && { states: filter.states, follow: true }),
          ...(options.progress === true && { kinds: PROGRESS_TOO }),
        },
      },
      read: (signal) => this.#read(signal),
      take: (change) => this.#take(change),
      data: () => ({ files: this.#shown(), hasMore: this.#list.hasMore }),
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);
  readonly getSnapshot = (): FilesSnapshot => this.#store.getSnapshot();
  readonly getServerSnapshot = (): FilesSnapshot => this.#store.getServerSnapshot();
  readonly retry = (): void => this.#store.retry();
  [Symbol.asyncIterator](): AsyncIterator<FilesSnapshot> {
    return this.#store[Symbol.asyncIterator]();
  }

  readonly loadMore = (): Promise<void> => {
    if (!this.#list.hasMore) return Promise.resolve();
    this.#loading ??= this.#readMore().finally(() => (this.#loading = null));
    return this.#loading;
  };

  readonly transition = (id: string, event: LifecycleEvent, options: TransitionOptions = {}): Promise<WaybillFile> => {
    const shown = {
      known: this.#list.get(id),
      guesses: this.#guesses,
      onAnswer: (file: WaybillFile): void => void this.#list.applyAnswer(file),
      changed: () => this.#store.changed(),
    };
    return transition(this.#connection, shown, { id, event }, options);
  };

  #shown(): readonly WaybillFile[] {
    const { files } = this.#list;
    if (this.#guesses.ids.length === 0) return files;
    return files.map((file) => this.#guesses.show(file)).filter(({ state }) => statesFit(this.#filter, state));
  }

  async #read(signal: AbortSignal): Promise<string> {
    // As many as there were, so that what was on the screen stays there.
    const wanted = Math.max(this.#pageSize, this.#list.size);
    this.#list.beginReading();
    const files: WaybillFile[] = [];
    let cursor: string | null = null;
    let after: string | null = null;
    do {
      const page: Page = await this.#readPage(after, Math.min(wanted - files.length, MAX_PAGE), signal);
      cursor ??= page.feedCursor;
      files.push(...page.files);
      after = page.endCursor;
    } while (after !== null && files.length < wanted);
    this.#readings += 1;
    this.#endCursor = after;
    this.#list.replace({ files, hasMore: after !== null });
    this.#store.changed();
    return cursor;
  }

  async #readMore(): Promise<void> {
    const reading = this.#readings;
    this.#list.beginPage();
    try {
      const page = await this.#readPage(this.#endCursor, this.#pageSize);
      // Everything was read anew meanwhile.
      if (reading !== this.#readings) return;
      this.#endCursor = page.endCursor;
      this.#list.addPage(page);
      this.#store.changed();
    } finally {
      if (reading === this.#readings) this.#list.endPage();
    }
  }

  /** @param signal of whoever tries again by itself; without it, this does */
  async #readPage(after: string | null, first: number, signal?: AbortSignal): Promise<Page> {
    const variables = { filter: this.#filter, orderBy: this.#orderBy, first, after };
    const reading =
      signal === undefined
        ? readPatiently(this.#connection, READ_FILES, variables)
        : readOnce(this.#connection, READ_FILES, variables, signal);
    const { feedCursor, files } = await reading;
    const { hasNextPage, endCursor } = files.pageInfo;
    return {
      feedCursor,
      files: files.edges.map(({ node }) => node),
      hasMore: hasNextPage,
      endCursor: hasNextPage ? endCursor : null,
    };
  }

  #take(change: Change): void {
    const file = 'file' in change ? change.file : null;
    const isChanged =
      change.kind === 'PROGRESSED'
        ? file !== null && this.#list.applyProgress(file)
        : this.#list.apply(change.fileId, file);
    if (!isChanged) return;
    this.#store.changed();
    // Files have left: there is room on the page.
    if (this.#list.size < this.#pageSize && this.#list.hasMore) void this.loadMore().catch(() => undefined);
  }

  /** Asks the server for files of that millisecond, which are few. */
  async #askAbout({ id, createdAt }: WaybillFile): Promise<void> {
    const next = new Date(Date.parse(createdAt) + 1).toISOString();
    const filter = { ...this.#filter, states: null, createdAfter: createdAt, createdBefore: next };
    const variables = { filter, orderBy: NEWEST_FIRST, first: MAX_PAGE, after: null };
    const { files } = await readPatiently(this.#connection, READ_FILES, variables);
    const isInList = files.edges.some(({ node }) => node.id === id);
    if (this.#list.decide(id, isInList)) this.#store.changed();
  }
}

type Page = FilePage & { readonly feedCursor: string; readonly endCursor: string | null };
