// waybill cancel: stops the processing of files.
import { type CancelledFile, cancelProcessing } from '../api/processing.ts';
import { whenAllowed } from '../api/rate-limits.ts';
import type { Command } from '../context.ts';
import { EXIT, Refused } from '../errors.ts';
import { clean } from '../output/text.ts';
import { inChunks, keepRefusal, noteFirstDelay, reportRefusal } from './batches.ts';

export interface CancelOptions {
  readonly ids: readonly string[];
  readonly json?: boolean;
}

const PARALLEL = 8;

export const runCancel: Command<CancelOptions> = async ({ ids, json }, { server, screen, signal }) => {
  let refused = 0;
  const onRetry = noteFirstDelay(screen);
  const send = (id: string): ReturnType<typeof cancelProcessing> =>
    whenAllowed(() => cancelProcessing(server, id, signal), onRetry, signal);
  for (const chunk of inChunks(ids, PARALLEL)) {
    const answers = await Promise.all(chunk.map((id) => send(id).catch(keepRefusal)));
    for (const [index, id] of chunk.entries()) {
      const answer = answers[index]!;
      if (answer instanceof Refused) {
        refused += 1;
        reportRefusal(id, answer, json, screen);
      } else if (json) screen.printJson({ id, ok: true, state: answer.state });
      else screen.print(`${id}  ${describeCancelled(answer)}  ${clean(answer.name)}`);
    }
  }
  return refused === 0 ? EXIT.ok : EXIT.failed;
};

const describeCancelled = ({ state }: CancelledFile): string =>
  state === 'PROCESSING' ? 'its worker was asked to stop' : 'cancelled';
