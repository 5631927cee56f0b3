// Queries and mutations, by @waybill/client, with the errors of the command line.
import type { RequestOptions } from '../../packages/client/src/index.ts';
import { toCliError } from './client-errors.ts';
import type { Document } from './document.ts';
import type { OnRetry } from './pause.ts';
import type { Server } from './server.ts';

export type Variables = Readonly<Record<string, unknown>>;

/**
 * Sends one operation and returns its data. Once, if nobody is to be told of retries.
 * @throws Unreachable, UnexpectedAnswer, Refused, or the signal's reason
 */
export async function request<Data>(
  server: Server,
  document: Document,
  variables: Variables,
  signal: AbortSignal,
  onRetry?: OnRetry,
): Promise<Data> {
  const { url, waybill } = server;
  const options: RequestOptions =
    onRetry === undefined
      ? { signal, patienceMs: 0 }
      : { signal, onRetry: (error, delayMs) => onRetry(toCliError(url, error), delayMs) };
  const isMutation = document.trimStart().startsWith('mutation');
  try {
    return await (isMutation
      ? waybill.mutate<Data, Variables>(document, variables, options)
      : waybill.query<Data, Variables>(document, variables, options));
  } catch (error) {
    signal.throwIfAborted();
    throw toCliError(url, error);
  }
}
