// What commands on many files have in common: portions, and saying no to one of them.
import type { Refused } from '../errors.ts';
import { describe } from '../errors.ts';
import type { Screen } from '../output/screen.ts';
import { clean } from '../output/text.ts';

/** The most the server takes at once. */
export const CHUNK = 1_000;

export function inChunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** On standard error, as the command goes on; for scripts, where all else is. */
export function reportRefusal(
  id: string,
  refusal: Refused | undefined,
  json: boolean | undefined,
  screen: Screen,
): void {
  const { code = 'UNEXPECTED_ANSWER', message = 'There was no answer.' } = refusal ?? {};
  if (json) screen.printJson({ id, ok: false, code, message });
  else screen.note(`waybill: ${clean(id)}: ${clean(refusal === undefined ? message : describe(refusal))}`);
}
