// Queries and mutations, by @waybill/client, with the errors of the command line.
import type { RequestOptions, TypedDocument } from '../../packages/client/src/index.ts';
import { toCliError } from './client-errors.ts';
import type { OnRetry } from './pause.ts';
import type { Server } from './server.ts';

/**
 * Sends one operation and returns its data. Once, if nobody is to be told of retries.
 * @throws Unreachable, UnexpectedAnswer, Refused, or the signal's reason
 */
export async function request<Data, Variables>(
  server: Server,
  document: TypedDocument<Data, Variables>,
  variables: Variables,
  signal: AbortSignal,
  onRetry?: OnRetry,
): Promise<Data> {
  const { url, waybill } = server;
  const options: RequestOptions =
    onRetry === undefined
      ? { signal, patienceMs: 0 }
      : { signal, onRetry: (error, delayMs) => onRetry(toCliError(url, error), delayMs) };
  // Whether variables may be left out depends on a type that is not known here.
  const rest = [variables, options] as never;
  const isMutation = document.toString().startsWith('mutation');
  try {
    return await (isMutation ? waybill.mutate(document, ...rest) : waybill.query(document, ...rest));
  } catch (error) {
    signal.throwIfAborted();
    throw toCliError(url, error);
  }
}
