// One upload of a file at a time, over all tabs of a page's origin.
import { reasonOf } from '../wait.ts';

interface Locks {
  request<Result>(name: string, options: { readonly signal: AbortSignal }, run: () => Promise<Result>): Promise<Result>;
}

/**
 * Two tabs that send the same file would take it from each other; the second waits here, and then finds it uploaded. Where
 * there are no locks (pages without TLS) the server still mixes no bytes of two.
 * @throws what `run` throws, or the reason of the signal
 */
export async function runAlone<Result>(
  fingerprint: string | null,
  signal: AbortSignal,
  run: () => Promise<Result>,
): Promise<Result> {
  const { navigator } = globalThis as { navigator?: { readonly locks?: Locks } };
  if (fingerprint === null || navigator?.locks === undefined) return await run();
  try {
    return await navigator.locks.request(`waybill:upload:${fingerprint}`, { signal }, run);
  } catch (error) {
    throw signal.aborted ? reasonOf(signal) : error;
  }
}
