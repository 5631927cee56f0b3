// What is live, as a store: for React's useSyncExternalStore, Svelte, Vue, signals, or `for await`.
import { type WaybillError, toWaybillError } from '../errors.ts';
import { Follower, type Following } from './follower.ts';
import { onNextFrame } from './frame.ts';
import type { Socket } from './socket.ts';

/**
 * - loading: it has not been live yet; what has been read is shown
 * - live: every change is shown as it comes
 * - reconnecting: the connection is lost and will be tried again; what is shown was true when it was lost
 * - offline: the same, and the browser says that there is no network
 * - failed: trying again would not help; `retry` does it anyway
 */
export type LiveStatus = 'loading' | 'live' | 'reconnecting' | 'offline' | 'failed';

export interface Liveness {
  readonly status: LiveStatus;
  /** Since when the status is what it is. */
  readonly since: Date;
  /** Why it is not live. */
  readonly error?: WaybillError;
}

/** Follows the server while it has subscribers. Its functions may be passed on as they are. */
export interface Store<Snapshot> extends AsyncIterable<Snapshot> {
  /** @returns unsubscribes. The listener is called at most once a frame. */
  readonly subscribe: (listener: () => void) => () => void;
  /** The same object until something changes. */
  readonly getSnapshot: () => Snapshot;
  /** As it is before anything was read: what a server renders, and the page that takes over from it. */
  readonly getServerSnapshot: () => Snapshot;
  /** After `failed`: tries again. */
  readonly retry: () => void;
}

export interface Source<Data> extends Pick<Following, 'document' | 'variables' | 'read' | 'take'> {
  /** What the snapshot shows. */
  readonly data: () => Data;
}

/** What is kept connected after the last subscriber has gone: frameworks unsubscribe and subscribe again. */
const LINGER_MS = 500;

export class LiveStore<Data> implements Store<Data & Liveness> {
  readonly #source: Source<Data>;
  readonly #follower: Follower;
  readonly #closing: AbortSignal;
  readonly #initial: Data & Liveness;
  readonly #listeners = new Set<() => void>();
  #liveness: Liveness = { status: 'loading', since: new Date() };
  #snapshot: Data & Liveness;
  #isScheduled = false;
  #running: AbortController | null = null;
  #lingering: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: Socket, closing: AbortSignal, source: Source<Data>) {
    this.#source = source;
    this.#closing = closing;
    this.#snapshot = { ...source.data(), ...this.#liveness };
    // The same time on a server and on its page.
    this.#initial = { ...this.#snapshot, since: new Date(0) };
    this.#follower = new Follower(socket, {
      ...source,
      onLive: () => this.#become('live'),
      onLost: (error) => this.#become(isOffline() ? 'offline' : 'reconnecting', error),
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // The same function may be subscribed twice.
    const call = (): void => listener();
    this.#listeners.add(call);
    clearTimeout(this.#lingering);
    this.#start();
    return () => {
      if (!this.#listeners.delete(call) || this.#listeners.size > 0) return;
      this.#lingering = setTimeout(() => this.#stop(), LINGER_MS);
    };
  };

  readonly getSnapshot = (): Data & Liveness => this.#snapshot;

  readonly getServerSnapshot = (): Data & Liveness => this.#initial;

  readonly retry = (): void => {
    if (this.#liveness.status !== 'failed' || this.#listeners.size === 0) return;
    this.#become('reconnecting');
    this.#start();
  };

  /** Something that `data` shows has changed. */
  changed(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    onNextFrame(() => this.#publish());
  }

  /** Reads everything anew. */
  startOver(): void {
    this.#follower.forget();
    if (this.#running === null) return;
    this.#stop();
    if (this.#listeners.size > 0) this.#start();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Data & Liveness, void> {
    let wake = (): void => undefined;
    const unsubscribe = this.subscribe(() => wake());
    try {
      for (let shown: unknown = null; ;) {
        if (shown === this.#snapshot) await new Promise<void>((resolve) => (wake = resolve));
        const snapshot = this.#snapshot;
        if (snapshot.status === 'failed') {
          if (this.#closing.aborted) return;
          throw snapshot.error as WaybillError;
        }
        if (shown !== snapshot) yield snapshot;
        shown = snapshot;
      }
    } finally {
      unsubscribe();
    }
  }

  #start(): void {
    if (this.#running !== null) return;
    if (this.#closing.aborted) return this.#close();
    this.#closing.addEventListener('abort', this.#close);
    const running = new AbortController();
    this.#running = running;
    this.#follower.run(running.signal).catch((error: unknown) => {
      if (this.#running === running) this.#fail(error);
    });
  }

  #stop(): void {
    // A store that is not used must not be held by its client.
    this.#closing.removeEventListener('abort', this.#close);
    this.#running?.abort();
    this.#running = null;
    if (this.#liveness.status === 'live') this.#become('reconnecting');
  }

  readonly #close = (): void => this.#fail(this.#closing.reason);

  #fail(error: unknown): void {
    this.#stop();
    this.#become('failed', toWaybillError(error));
  }

  #become(status: LiveStatus, error?: WaybillError): void {
    if (this.#liveness.status === 'failed' && this.#closing.aborted) return;
    const since = this.#liveness.status === status ? this.#liveness.since : new Date();
    if (since === this.#liveness.since && error === this.#liveness.error) return;
    this.#liveness = { status, since, ...(error !== undefined && { error }) };
    this.changed();
  }

  #publish(): void {
    this.#isScheduled = false;
    this.#snapshot = { ...this.#source.data(), ...this.#liveness };
    // eslint-disable-next-line unicorn/no-useless-spread -- a listener may subscribe others, which are not called yet
    for (const listener of [...this.#listeners]) listener();
  }
}

const isOffline = (): boolean => (globalThis as { navigator?: { onLine?: boolean } }).navigator?.onLine === false;
