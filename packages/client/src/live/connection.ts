// What everything live needs of its client.
import type { RequestOptions, TypedDocument } from '../document.ts';
import { expectSuccess } from '../expect-success.ts';
import { TRANSITION_FILE } from '../generated/documents.ts';
import type { ListedFileFragment as WaybillFile, TransitionFileInput } from '../generated/operations.ts';
import { mutate, query } from '../http/request.ts';
import { type Endpoint, send } from '../http/send.ts';
import type { OptimisticTransitions } from './optimistic.ts';
import type { Socket } from './socket.ts';

export interface Connection {
  readonly endpoint: Endpoint;
  readonly socket: Socket;
}

/** Once: whoever follows the feed has retries of its own. */
export function readOnce<Result, Variables>(
  { endpoint }: Connection,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  return send<Result>(endpoint, document.toString(), variables as Record<string, unknown>, signal);
}

/** With the retries of a query. */
export function readPatiently<Result, Variables>(
  { endpoint }: Connection,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  return query<Result>(endpoint, document.toString(), variables as Record<string, unknown>, {});
}

export type TransitionOptions = RequestOptions & Omit<TransitionFileInput, 'id' | 'event' | 'idempotencyKey'>;

interface Shown {
  /** Undefined: the file is not shown, and there is nothing to guess. */
  readonly known: WaybillFile | undefined;
  readonly guesses: OptimisticTransitions;
  readonly onAnswer: (file: WaybillFile) => void;
  /** A guess was made or taken back. */
  readonly changed: () => void;
}

/**
 * Sends an event, and shows what it leads to at once. A refusal takes that back and shows the file as it came with it.
 * @throws WaybillError
 */
export async function transition(
  { endpoint }: Connection,
  { known, guesses, onAnswer, changed }: Shown,
  input: Pick<TransitionFileInput, 'id' | 'event'>,
  { signal, idempotencyKey, ...more }: TransitionOptions,
): Promise<WaybillFile> {
  const takeBack = known === undefined ? () => undefined : guesses.begin(known, input.event);
  changed();
  try {
    type Answer = typeof TRANSITION_FILE extends TypedDocument<infer Result, infer _Variables> ? Result : never;
    const variables = { input: { ...more, ...input } };
    const { transitionFile } = await mutate<Answer>(endpoint, TRANSITION_FILE.toString(), variables, {
      signal,
      idempotencyKey,
    });
    if ('file' in transitionFile) onAnswer(transitionFile.file);
    return expectSuccess(transitionFile).file;
  } finally {
    takeBack();
    changed();
  }
}
