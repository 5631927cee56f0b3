// One file from its claim to its end: the processors run on its bytes, and what they found is committed together with the
// end of the processing.
import { membersOf } from '../../entities/json-text.ts';
import { CANCELED } from '../../fsm/failures.ts';
import type { Failure } from '../../fsm/types.ts';
import type { TransitionCommand } from '../../lifecycle/commands.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { FileReader } from '../../lifecycle/reader.ts';
import type { ClaimedFile } from '../../lifecycle/processing-commands.ts';
import { encodeId } from '../../ids.ts';
import type { Logger } from '../../log.ts';
import type { ContentReader } from '../../uploads/content.ts';
import type { ProcessedFile } from '../processor.ts';
import type { FileRunner, Job, Outcome } from '../run-file.ts';
import { completion, failing } from './commands.ts';
import { type Ending, endProcessing } from './end-processing.ts';
import type { HeldFile } from './held-file.ts';
import { BYTES_LOST, HeldContent, STORE_UNAVAILABLE } from './read-content.ts';
import { GaveUp, tryWhileHeld } from './try-while-held.ts';

export interface ProcessFileOptions {
  readonly lifecycle: Pick<Lifecycle, 'execute' | 'executeOne'>;
  readonly reader: Pick<FileReader, 'readTransitionsByKey'>;
  readonly content: Pick<ContentReader, 'open'>;
  readonly runner: Pick<FileRunner, 'run'>;
  /** Looks at the bytes before any processor does. Null: they may go on. */
  readonly inspect?: ((job: Job) => Promise<Outcome | null>) | undefined;
  /** Stores the text of a file before its processing ends; `token` of the claim is its lease. May be called again. */
  readonly onText?: ((claimed: ClaimedFile, text: string) => Promise<void>) | undefined;
  /** A new UUIDv7. */
  readonly newId: () => string;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly log: Logger;
}

/** What became of the work: an end that was committed, or what is to be done with the lease. */
export type Result =
  | { readonly is: 'ended'; readonly failure: Failure | null }
  | { readonly is: 'left' }
  | { readonly is: 'returned'; readonly afterMs: number };

const TOO_MANY_PROPERTIES: Failure = {
  code: 'PROPERTIES_TOO_LARGE',
  message: 'The processors found more than a file can keep as properties.',
  retryable: false,
};

/** Store, scanner or database may be away for some minutes before it shows: a file is given back so many times. */
const MOST_RETURNS = 8;
const FIRST_RETURN_MS = 1_000;

const isReturned = ({ attempt }: ClaimedFile): boolean => attempt <= MOST_RETURNS;

/** With a pause that doubles each time, 128 s at most. */
const giveBack = ({ attempt }: ClaimedFile): Result => ({
  is: 'returned',
  afterMs: FIRST_RETURN_MS * 2 ** Math.min(attempt - 1, MOST_RETURNS - 1),
});

/**
 * A file is not kept from being used because search is slow; this says what is missing. No processor has a name with a
 * capital letter.
 */
const TEXT_NOT_STORED = { textStored: false };

/** The part that needs a place to run. Never rejects. */
export async function runProcessors(
  held: HeldFile,
  options: ProcessFileOptions,
  onProgress: () => void,
): Promise<Outcome | null> {
  const content = new HeldContent(options.content, held);
  const job: Job = {
    file: describe(held.claimed),
    open: () => content.open(),
    signal: held.signal,
    onProgress: ({ fraction, message }) => {
      held.progress = { fraction, message };
      onProgress();
    },
  };
  let outcome: Outcome;
  try {
    outcome = (await options.inspect?.(job)) ?? (await options.runner.run(job));
  } catch (error) {
    const level = held.interruption === null ? 'error' : 'debug';
    options.log[level]({ err: error, fileId: held.claimed.file.id }, 'a file could not be processed');
    outcome = { outcome: 'failed', failure: unexpected };
  }
  const mayReturn = isReturned(held.claimed);
  if (outcome.outcome === 'completed') return outcome;
  if (content.trouble === null) return mayReturn && outcome.isOutage === true ? null : outcome;
  if (content.trouble.is === 'lost') return { outcome: 'failed', failure: BYTES_LOST };
  options.log.warn({ err: content.trouble.error, fileId: held.claimed.file.id }, 'the bytes of a file cannot be read');
  return mayReturn ? null : { outcome: 'failed', failure: STORE_UNAVAILABLE };
}

const unexpected: Failure = {
  code: 'PROCESSING_UNAVAILABLE',
  message: 'Processing could not be carried out.',
  retryable: true,
};

function describe({ file }: ClaimedFile): ProcessedFile {
  const { id, name, contentType, size, sha256, metadata } = file;
  const known = { name, contentType, size: size ?? 0, sha256: sha256 ?? '' };
  return { id: encodeId('File', id), ...known, metadata: membersOf(metadata) };
}

/**
 * Commits what came out.
 * @param outcome null: the store or the scanner is away, and another time it may not be
 */
export async function finish(held: HeldFile, outcome: Outcome | null, options: ProcessFileOptions): Promise<Result> {
  const { interruption, claimed } = held;
  if (interruption === 'lost') return { is: 'left' };
  // A completed file is completed, also while this process stops.
  if (interruption === 'cancelled') return await fail(held, CANCELED, options);
  if (outcome === null) return giveBack(claimed);
  if (outcome.outcome === 'completed') return await complete(held, outcome, options);
  return interruption === 'stopping' ? { is: 'returned', afterMs: 0 } : await fail(held, outcome.failure, options);
}

async function complete(
  held: HeldFile,
  { properties, text }: Extract<Outcome, { outcome: 'completed' }>,
  options: ProcessFileOptions,
): Promise<Result> {
  const { claimed } = held;
  const stored = await storeText(held, text, options);
  if (stored === 'lost') return { is: 'left' };
  if (stored instanceof GaveUp && isReturned(claimed)) return giveBack(claimed);
  if (stored instanceof GaveUp) options.log.error({ fileId: claimed.file.id }, 'a file is INDEXED without its text');
  const found = stored instanceof GaveUp ? { ...properties, ...TEXT_NOT_STORED } : properties;
  const ending = await end(held, completion(claimed, options.newId, found), options);
  if (ending === 'invalid') return await fail(held, TOO_MANY_PROPERTIES, options);
  if (!(ending instanceof GaveUp)) return ending === 'ended' ? { is: 'ended', failure: null } : { is: 'left' };
  return isReturned(claimed) ? giveBack(claimed) : await fail(held, unexpected, options);
}

async function storeText(
  held: HeldFile,
  text: string | null,
  { onText, now, log }: ProcessFileOptions,
): Promise<'stored' | 'lost' | GaveUp> {
  if (text === null || onText === undefined) return 'stored';
  const { claimed } = held;
  const stored = await tryWhileHeld(held, now, async () => {
    await onText(claimed, text);
    return 'stored' as const;
  });
  if (stored instanceof GaveUp) {
    log.warn({ err: stored.error, fileId: claimed.file.id }, 'the text of a file could not be stored');
  }
  return stored;
}

async function fail(held: HeldFile, failure: Failure, options: ProcessFileOptions): Promise<Result> {
  const ending = await end(held, failing(held.claimed, options.newId, failure), options);
  if (ending instanceof GaveUp) return giveBack(held.claimed);
  return ending === 'ended' ? { is: 'ended', failure } : { is: 'left' };
}

async function end(
  held: HeldFile,
  command: TransitionCommand,
  { lifecycle, reader, now, log }: ProcessFileOptions,
): Promise<Ending | GaveUp> {
  const ending = await endProcessing(held, command, { lifecycle, reader, now });
  if (ending instanceof GaveUp) {
    log.error({ err: ending.error, fileId: held.claimed.file.id }, 'the end of a processing could not be committed');
  }
  return ending;
}
