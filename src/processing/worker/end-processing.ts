// Ends the processing of a file with one commit, however long the database needs, as long as the lease lasts.
import type { AnswerOf, TransitionCommand } from '../../lifecycle/commands.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { FileReader } from '../../lifecycle/reader.ts';
import type { HeldFile } from './held-file.ts';
import { type GaveUp, tryWhileHeld } from './try-while-held.ts';

/** `ended`: committed. `lost`: the lease is over, nothing was changed by it. `invalid`: the properties were refused. */
export type Ending = 'ended' | 'lost' | 'invalid';

export interface EndOptions {
  readonly lifecycle: Pick<Lifecycle, 'executeOne'>;
  readonly reader: Pick<FileReader, 'readTransitionsByKey'>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/**
 * A try without an answer may have been committed: the lease is over by that, and the next try is refused as that of a lost
 * lease. The log says whose attempt it was.
 */
export async function endProcessing(
  file: HeldFile,
  command: TransitionCommand,
  { lifecycle, reader, now }: EndOptions,
): Promise<Ending | GaveUp> {
  let isUnsure = false;
  const ending = await tryWhileHeld(file, now, async () => {
    const answer = await lifecycle.executeOne(command);
    isUnsure ||= answer.outcome === 'failed';
    return endingOf(answer);
  });
  if (!isUnsure || ending === 'ended' || ending === 'invalid') return ending;
  return (await isCommitted(file, command, reader).catch(() => false)) ? 'ended' : ending;
}

async function isCommitted(
  { claimed }: HeldFile,
  { tenant, fileId, attemptId }: TransitionCommand,
  reader: EndOptions['reader'],
): Promise<boolean> {
  const [transition] = await reader.readTransitionsByKey(tenant, [{ fileId, version: claimed.file.version + 1 }]);
  return transition?.attemptId === attemptId;
}

/** @throws the error of a command that failed */
function endingOf(answer: AnswerOf['transition']): Ending | 'again' {
  switch (answer.outcome) {
    case 'transitioned':
      return 'ended';
    case 'rejected':
      return answer.code === 'INVALID_INPUT' ? 'invalid' : 'lost';
    case 'refused':
      return answer.code === 'FILE_NOT_FOUND' ? 'lost' : 'again';
    case 'failed':
      throw answer.error;
  }
}
