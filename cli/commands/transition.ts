// waybill retry, complete, fail and reset: send one event to many files.
import { type Failure, type LifecycleEvent, type TransitionRequest, transitionFiles } from '../api/files.ts';
import { eachWhenAllowed } from '../api/rate-limits.ts';
import type { Command } from '../context.ts';
import { EXIT, Refused } from '../errors.ts';
import { clean } from '../output/text.ts';
import { MAX_BATCH, inChunks, noteFirstDelay, reportRefusal } from './batches.ts';

export interface TransitionOptions {
  readonly ids: readonly string[];
  readonly event: LifecycleEvent;
  /** With the FAIL_* events. */
  readonly failure?: Failure;
  readonly json?: boolean;
}

export const runTransition: Command<TransitionOptions> = async (options, { server, screen, signal }) => {
  const { ids, event, failure, json } = options;
  let refused = 0;
  const onRetry = noteFirstDelay(screen);
  const send = (some: readonly TransitionRequest[]): ReturnType<typeof transitionFiles> =>
    transitionFiles(server, some, signal);
  for (const chunk of inChunks(ids, MAX_BATCH)) {
    const requests = chunk.map((id) => ({ id, event, ...(failure !== undefined && { failure }) }));
    const answers = await eachWhenAllowed(requests, send, onRetry, signal);
    for (const [index, id] of chunk.entries()) {
      const answer = answers[index];
      if (answer === undefined || answer instanceof Refused) {
        refused += 1;
        reportRefusal(id, answer, json, screen);
        continue;
      }
      const { file, transition } = answer;
      if (json) screen.printJson({ id, ok: true, ...transition, version: file.version });
      else screen.print(`${id}  ${transition.from} → ${transition.to}  ${clean(file.name)}`);
    }
  }
  return refused === 0 ? EXIT.ok : EXIT.failed;
};
