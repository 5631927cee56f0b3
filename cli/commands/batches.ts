// Shared by the commands that take many files: batching, and reporting a refusal of one file.
import type { OnRetry } from '../api/pause.ts';
import { Refused, describe, describeBriefly } from '../errors.ts';
import type { Screen } from '../output/screen.ts';
import { clean } from '../output/text.ts';
import { formatDuration } from '../output/units.ts';

/** The server's limit for one request. */
export const MAX_BATCH = 1_000;

export function inChunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** On standard error, since the command continues; with --json, on standard output like every other result. */
export function reportRefusal(
  id: string,
  refusal: Refused | undefined,
  json: boolean | undefined,
  screen: Screen,
): void {
  const { code = 'UNEXPECTED_ANSWER', message = 'The server sent no answer.' } = refusal ?? {};
  if (json) screen.printJson({ id, ok: false, code, message });
  else screen.note(`waybill: ${clean(id)}: ${clean(refusal === undefined ? message : describe(refusal))}`);
}

/** Says the first time that something has to wait, and not again. */
export function noteFirstDelay(screen: Screen): OnRetry {
  let isNoted = false;
  return (error, delayMs) => {
    if (!isNoted) screen.note(`waybill: ${describeBriefly(error)}; going on in ${formatDuration(delayMs / 1_000)}`);
    isNoted = true;
  };
}

/** For `catch`: a refusal of one file does not stop the others. */
export function keepRefusal(error: unknown): Refused {
  if (error instanceof Refused) return error;
  throw error;
}
