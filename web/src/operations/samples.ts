// What the charts show: the numbers of the server, read every two seconds, and the changes that came meanwhile.
import type { Waybill, WaybillError } from '@waybill/client';
import { useEffect, useRef, useState } from 'react';
import { COUNT_CHANGES, READ_OPERATIONS } from '../generated/documents.ts';
import type { ReadOperationsQuery } from '../generated/operations.ts';

export type Operations = ReadOperationsQuery['operations'];

export interface Sample {
  /** Seconds since 1970, by the clock of this device. */
  readonly at: number;
  /** Null: it could not be read. */
  readonly operations: Operations | null;
  /** Null: nobody listened before. */
  readonly changesPerSecond: number | null;
}

export interface Samples {
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** Why the newest could not be read. */
  readonly problem: WaybillError | null;
}

const EVERY_MS = 2_000;
export const WINDOW_SECONDS = 300;

const seconds = (): number => Date.now() / 1_000;

export function useSamples(waybill: Waybill, isPaused: boolean): Samples {
  const [state, setState] = useState<Samples>({ samples: [], problem: null });
  const takeChanges = useChangeRate(waybill, isPaused);
  useEffect(() => {
    if (isPaused) return;
    const controller = new AbortController();
    const { signal } = controller;
    const note = (operations: Operations | null, problem: WaybillError | null): void => {
      if (signal.aborted) return;
      const sample = { at: seconds(), operations, changesPerSecond: takeChanges() };
      setState(({ samples }) => ({
        samples: [...samples.filter(({ at }) => at >= sample.at - WINDOW_SECONDS), sample],
        problem,
      }));
    };
    let timer: ReturnType<typeof setTimeout>;
    const read = (): void => {
      // Nobody looks.
      const asked = document.hidden ? Promise.resolve() : ask();
      void asked.finally(() => {
        if (!signal.aborted) timer = setTimeout(read, EVERY_MS);
      });
    };
    const ask = (): Promise<void> =>
      waybill.query(READ_OPERATIONS, {}, { signal }).then(
        ({ operations }) => note(operations, null),
        (error: WaybillError) => note(null, error),
      );
    read();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [waybill, isPaused, takeChanges]);
  return state;
}

/** @returns what tells how many changes a second have come since it was called last */
function useChangeRate(waybill: Waybill, isPaused: boolean): () => number | null {
  const counted = useRef({ changes: 0, since: null as number | null });
  useEffect(() => {
    counted.current = { changes: 0, since: null };
    if (isPaused) return;
    let stop = (): void => undefined;
    const listen = (): void => {
      stop = waybill.subscribe(
        COUNT_CHANGES,
        {},
        {
          next: () => (counted.current.changes += 1),
          // The log was taken back or no longer reaches so far: what is counted is what comes from now on.
          error: ({ code }) => {
            if (code !== 'CLOSED' && code !== 'UNAUTHENTICATED') listen();
          },
          complete: () => undefined,
        },
      );
    };
    listen();
    return () => stop();
  }, [waybill, isPaused]);
  const take = useRef((): number | null => {
    const { changes, since } = counted.current;
    const now = seconds();
    counted.current = { changes: 0, since: now };
    return since === null || now <= since ? null : changes / (now - since);
  });
  return take.current;
}
