// waybill wait: waits until files are INDEXED, or FAILED for good, for scripts.
import { createFileLookup } from '../api/file-lookup.ts';
import type { FileFacts } from '../api/files.ts';
import type { Command, Context } from '../context.ts';
import { EXIT, Refused } from '../errors.ts';
import { clean } from '../output/text.ts';
import { Outcomes } from '../upload/outcomes.ts';
import { reportRefusal } from './batches.ts';

export interface WaitOptions {
  readonly ids: readonly string[];
  /** Milliseconds. */
  readonly timeout?: number;
  readonly json?: boolean;
}

export const runWait: Command<WaitOptions> = async ({ ids, timeout, json }, context) => {
  const { server, signal } = context;
  const overdue = timeout === undefined ? null : AbortSignal.timeout(timeout);
  const either = overdue === null ? signal : AbortSignal.any([signal, overdue]);
  const lookup = createFileLookup(server, () => undefined, either);
  let outcomes: Outcomes | undefined;
  const settle = async (id: string): Promise<FileFacts | Refused> => {
    try {
      return await outcomes!.waitForOutcome(id);
    } catch (error) {
      signal.throwIfAborted();
      if (overdue?.aborted) return new Refused('TIMEOUT', 'It is neither INDEXED nor FAILED for good yet.');
      if (error instanceof Refused) return error;
      throw error;
    }
  };
  try {
    outcomes = await Outcomes.begin(server, lookup, either);
    const reported = await Promise.all(
      [...new Set(ids)].map(async (id) => reportOutcome(id, await settle(id), json, context)),
    );
    return reported.every(Boolean) ? EXIT.ok : EXIT.failed;
  } finally {
    outcomes?.stop();
  }
};

/** @returns whether the file is INDEXED */
function reportOutcome(
  id: string,
  outcome: FileFacts | Refused,
  json: boolean | undefined,
  { screen }: Pick<Context, 'screen'>,
): boolean {
  if (!(outcome instanceof Refused) && outcome.state === 'INDEXED') {
    if (json) screen.printJson({ id, ok: true, state: outcome.state });
    else screen.print(`${id}  ${outcome.state}  ${clean(outcome.name)}`);
    return true;
  }
  reportRefusal(id, outcome instanceof Refused ? outcome : toRefusal(outcome), json, screen);
  return false;
}

const toRefusal = ({ failure }: FileFacts): Refused =>
  new Refused(failure?.code ?? 'FAILED', failure?.message ?? 'The file failed.');
