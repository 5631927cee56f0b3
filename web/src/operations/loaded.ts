// Something that is read from the server now and then, and again after it was changed.
import { WaybillError } from '@waybill/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { messageOf } from '../files/bulk.ts';

export interface Loaded<Value> {
  /** Null: it has not been read yet. */
  readonly value: Value | null;
  readonly problem: string | null;
  readonly isSignedOut: boolean;
  readonly reload: () => void;
}

const EVERY_MS = 10_000;

/** @param read the same function until something else is to be read */
export function useLoaded<Value>(read: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState<unknown>(null);
  const again = useRef((): void => undefined);
  useEffect(() => {
    let controller = new AbortController();
    const load = (): void => {
      controller.abort();
      controller = new AbortController();
      const { signal } = controller;
      read(signal).then(
        (found) => {
          if (signal.aborted) return;
          setValue(found);
          setError(null);
        },
        (failure: unknown) => {
          if (!signal.aborted) setError(failure);
        },
      );
    };
    again.current = load;
    load();
    const timer = setInterval(() => {
      if (!document.hidden) load();
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, [read]);
  const reload = useCallback(() => again.current(), []);
  return {
    value,
    problem: error === null ? null : messageOf(error),
    isSignedOut: error instanceof WaybillError && error.code === 'UNAUTHENTICATED',
    reload,
  };
}

/** One thing is done at a time; what it failed of is said. */
export interface Doing {
  readonly isBusy: boolean;
  readonly problem: string | null;
  readonly run: (work: () => Promise<void>) => void;
}

export function useDoing(): Doing {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = useCallback((work: () => Promise<void>): void => {
    setBusy(true);
    setProblem(null);
    work()
      .catch((error: unknown) => setProblem(messageOf(error)))
      .finally(() => setBusy(false));
  }, []);
  return { isBusy, problem, run };
}
