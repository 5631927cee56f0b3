// Waiting: pauses that can be ended, and how long to wait between attempts.
import { WaybillError } from './errors.ts';

/** @throws the signal's reason */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, ms);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

type Listener = (event: { readonly type: string }) => void;

interface Events {
  readonly addEventListener?: (type: string, listener: Listener) => void;
  readonly removeEventListener?: (type: string, listener: Listener) => void;
}

interface Page extends Events {
  readonly visibilityState?: string;
}

/**
 * Ends early when the network is back, or the page is seen again; and when the signal is aborted, without an error.
 * @param leastMs what the server asked for: only the signal ends that
 */
export function pauseUntilWoken(ms: number, leastMs: number, signal: AbortSignal): Promise<void> {
  const { document } = globalThis as { readonly document?: Page };
  const sources: [Events | undefined, string][] = [
    [globalThis, 'online'],
    [document, 'visibilitychange'],
  ];
  const began = Date.now();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const [source, type] of sources) source?.removeEventListener?.(type, wake);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const wake = ({ type }: { readonly type: string }): void => {
      // It has been hidden.
      if (type === 'visibilitychange' && document?.visibilityState !== 'visible') return;
      clearTimeout(timer);
      timer = setTimeout(end, Math.max(0, leastMs - (Date.now() - began)));
    };
    let timer = setTimeout(end, Math.max(ms, leastMs));
    for (const [source, type] of sources) source?.addEventListener?.(type, wake);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

/** What to throw when a signal is aborted. */
export const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new WaybillError('CLOSED', 'The request was ended.');

const FIRST_MS = 200;
const MAX_MS = 10_000;

/**
 * Random, so that the clients of a server that has failed do not all return at once, and longer after each failure; not
 * before the time that the server named.
 * @param failures in a row, from 1
 */
export function backoff(failures: number, retryAfterMs: number | null): number {
  const most = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return (retryAfterMs ?? 0) + most * (0.25 + 0.75 * Math.random());
}

/** Aborted with the first of the signals; call `release` when it is no longer needed. (AbortSignal.any is not everywhere.) */
export function linkSignals(signals: readonly (AbortSignal | undefined)[]): {
  readonly controller: AbortController;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const releases = signals.map((signal) => {
    if (signal === undefined) return () => undefined;
    const abort = (): void => controller.abort(reasonOf(signal));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  });
  return { controller, release: () => releases.forEach((release) => release()) };
}
