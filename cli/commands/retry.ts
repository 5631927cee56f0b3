// waybill retry: failed files may be uploaded again.
import { transitionFiles } from '../api/files.ts';
import { CHUNK, inChunks, reportRefusal } from './many.ts';
import type { Command } from '../context.ts';
import { EXIT, Refused } from '../errors.ts';
import { clean } from '../output/text.ts';

export interface RetryOptions {
  readonly ids: readonly string[];
  readonly json?: boolean;
}

export const runRetry: Command<RetryOptions> = async ({ ids, json }, { server, screen, signal }) => {
  let refused = 0;
  for (const chunk of inChunks(ids, CHUNK)) {
    const requests = chunk.map((id) => ({ id, event: 'RETRY' }));
    const answers = await transitionFiles(server, requests, signal);
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
