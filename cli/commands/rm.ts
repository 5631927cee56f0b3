// waybill rm: files are deleted, whatever their state, with their bytes.
import { deleteFile } from '../api/files.ts';
import { inChunks, reportRefusal } from './many.ts';
import type { Command } from '../context.ts';
import { EXIT, Refused } from '../errors.ts';

export interface RemoveOptions {
  readonly ids: readonly string[];
  readonly json?: boolean;
}

const AT_ONCE = 8;

export const runRemove: Command<RemoveOptions> = async ({ ids, json }, { server, screen, signal }) => {
  let refused = 0;
  for (const chunk of inChunks(ids, AT_ONCE)) {
    const answers = await Promise.all(chunk.map((id) => deleteFile(server, id, signal).catch(keepRefusal)));
    for (const [index, id] of chunk.entries()) {
      const refusal = answers[index];
      if (refusal instanceof Refused) {
        refused += 1;
        reportRefusal(id, refusal, json, screen);
      } else if (json) screen.printJson({ id, ok: true });
      else screen.print(`${id}  deleted`);
    }
  }
  return refused === 0 ? EXIT.ok : EXIT.failed;
};

/** One file's refusal is no reason to leave the others. */
function keepRefusal(error: unknown): Refused {
  if (error instanceof Refused) return error;
  throw error;
}
