// React hooks. Each holds a store for as long as its component is mounted, and a component reads it by useSyncExternalStore:
// nothing is sent while rendering, so StrictMode, Suspense and servers may render as often as they like.
'use client';
import { useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { Waybill } from './client.ts';
import { type WaybillError, toWaybillError } from './errors.ts';
import type { FileFilter, ListedFileFragment as WaybillFile } from './generated/operations.ts';
import type { CountsSnapshot } from './live/counts.ts';
import type { FileSnapshot, LiveFile } from './live/file.ts';
import type { FilesOptions, FilesSnapshot, LiveFiles } from './live/files.ts';
import type { Store } from './live/store.ts';

/** Any store: of this package, or one of your own. */
export interface ReadableStore<Snapshot> {
  /** @returns unsubscribes */
  subscribe(listener: () => void): () => void;
  /** The same object until something changes. */
  getSnapshot(): Snapshot;
  /** What a server renders, and a page that takes over what a server has rendered. Without it: `getSnapshot`. */
  getServerSnapshot?(): Snapshot;
}

export type UsedFiles = FilesSnapshot & Pick<LiveFiles, 'loadMore' | 'retry' | 'transition'>;
export type UsedFile = FileSnapshot & Pick<LiveFile, 'retry' | 'transition'>;
export type UsedCounts = CountsSnapshot & Pick<Store<CountsSnapshot>, 'retry'>;

/** The snapshot of a store, such as one that several components share. The component renders again when it changes. */
export function useStore<Snapshot>(store: ReadableStore<Snapshot>): Snapshot {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  const read = useCallback(() => store.getSnapshot(), [store]);
  const readOnServer = useCallback(() => store.getServerSnapshot?.() ?? store.getSnapshot(), [store]);
  return useSyncExternalStore(subscribe, read, readOnServer);
}

/**
 * A live list. It is another one when the filter or the options say something else; they need not be the same objects.
 * Components that are to share one list: give it to them, or call `useStore(list)` with one that is made outside.
 */
export function useFiles(waybill: Waybill, filter: FileFilter = {}, options: FilesOptions = {}): UsedFiles {
  const list = useHeld(waybill, JSON.stringify([filter, options]), () => waybill.live.files(filter, options));
  const snapshot = useStore(list);
  return useMemo(() => {
    const { loadMore, retry, transition } = list;
    return { ...snapshot, loadMore, retry, transition };
  }, [list, snapshot]);
}

/** One live file. */
export function useFile(waybill: Waybill, id: string): UsedFile {
  const file = useHeld(waybill, id, () => waybill.live.file(id));
  const snapshot = useStore(file);
  return useMemo(() => {
    const { retry, transition } = file;
    return { ...snapshot, retry, transition };
  }, [file, snapshot]);
}

/** How many files there are in each state. */
export function useCounts(waybill: Waybill): UsedCounts {
  const counts = useHeld(waybill, '', () => waybill.live.counts());
  const snapshot = useStore(counts);
  return useMemo(() => ({ ...snapshot, retry: counts.retry }), [counts, snapshot]);
}

/** The uploads of a queue. The queue is made outside of components: uploads go on when one is unmounted. */
export const useUploads = <Snapshot>(uploads: ReadableStore<Snapshot>): Snapshot => useStore(uploads);

/** What `useFiles` and `useFile` give, and lists and files themselves. */
export interface Transitions<Parameters extends readonly unknown[]> {
  readonly transition: (...parameters: Parameters) => Promise<WaybillFile>;
}

export interface UsedTransition<Parameters extends readonly unknown[]> {
  /** Sends the event. Never rejects. @returns undefined: it was refused, or got no answer; `error` says why */
  readonly send: (...parameters: Parameters) => Promise<WaybillFile | undefined>;
  /** An answer is waited for. */
  readonly isPending: boolean;
  /** Of the event that was sent last. */
  readonly error: WaybillError | undefined;
}

/**
 * Sends events, and says what became of them: `useTransition(files).send(id, 'RETRY')`, `useTransition(file).send('RETRY')`.
 * The list or file shows at once what an event leads to, and takes it back when the server refuses.
 */
export function useTransition<Parameters extends readonly unknown[]>({
  transition,
}: Transitions<Parameters>): UsedTransition<Parameters> {
  const [state, setState] = useState<Sending>({ isPending: false, error: undefined });
  const last = useRef(0);
  const send = useCallback(
    async (...parameters: Parameters): Promise<WaybillFile | undefined> => {
      const own = (last.current += 1);
      setState({ isPending: true, error: undefined });
      const end = (error?: WaybillError): void => {
        if (own === last.current) setState({ isPending: false, error });
      };
      try {
        const file = await transition(...parameters);
        end();
        return file;
      } catch (error) {
        end(toWaybillError(error));
        return undefined;
      }
    },
    [transition],
  );
  return { send, ...state };
}

type Sending = Omit<UsedTransition<[]>, 'send'>;

/**
 * What a component holds until the client or the key is another one. In a state: what is in a memo React may forget, and
 * the list with it.
 */
function useHeld<Held>(waybill: Waybill, key: string, create: () => Held): Held {
  const [state, setState] = useState(() => ({ waybill, key, held: create() }));
  if (state.waybill === waybill && state.key === key) return state.held;
  // While rendering, as React recommends for what follows from properties: it renders again before anybody sees it.
  const next = { waybill, key, held: create() };
  setState(next);
  return next.held;
}
