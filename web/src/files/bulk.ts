// Actions on many files at once. Each file is accepted or refused by itself.
import { DELETE_FILE, type LifecycleEvent, type Waybill, WaybillError } from '@waybill/client';
import { REPROCESS_FILES, TRANSITION_FILES } from '../generated/documents.ts';
import { EVENT_NAMES, TEXTS } from '../texts.ts';

export interface BulkOutcome {
  readonly done: readonly string[];
  /** Why, by file. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The most that one mutation takes. */
const MAX_AT_ONCE = 1_000;
const DELETED_AT_ONCE = 8;

export async function transitionAll(
  waybill: Waybill,
  ids: readonly string[],
  event: LifecycleEvent,
): Promise<BulkOutcome> {
  const done: string[] = [];
  const refused = new Map<string, string>();
  for (let from = 0; from < ids.length; from += MAX_AT_ONCE) {
    const some = ids.slice(from, from + MAX_AT_ONCE);
    const { transitionFiles } = await waybill.mutate(TRANSITION_FILES, { input: some.map((id) => ({ id, event })) });
    for (const [at, answer] of transitionFiles.entries()) {
      const id = some[at]!;
      if (answer.__typename === 'TransitionFileSuccess') done.push(id);
      else refused.set(id, describe(answer));
    }
  }
  return { done, refused };
}

const describe = (answer: { readonly message: string; readonly allowedEvents?: readonly LifecycleEvent[] }): string =>
  answer.allowedEvents === undefined ? answer.message : `${answer.message} ${describeAllowed(answer.allowedEvents)}`;

export const describeAllowed = (events: readonly LifecycleEvent[]): string =>
  events.length === 0 ? TEXTS.allowedNothing : TEXTS.allowed(events.map((event) => EVENT_NAMES[event]).join(', '));

export async function deleteAll(waybill: Waybill, ids: readonly string[]): Promise<BulkOutcome> {
  const done: string[] = [];
  const refused = new Map<string, string>();
  const left = [...ids];
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        const { deleteFile } = await waybill.mutate(DELETE_FILE, { input: { id } });
        if (deleteFile.__typename === 'DeleteFileSuccess') done.push(id);
        else refused.set(id, deleteFile.message);
      } catch (error) {
        refused.set(id, messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: DELETED_AT_ONCE }, work));
  return { done, refused };
}

/** The server says how many, not which: those that are not INDEXED or FAILED are passed over. */
export async function reprocessAll(waybill: Waybill, ids: readonly string[]): Promise<number> {
  let queued = 0;
  for (let from = 0; from < ids.length; from += MAX_AT_ONCE) {
    const input = { ids: ids.slice(from, from + MAX_AT_ONCE) };
    const { reprocessFiles } = await waybill.mutate(REPROCESS_FILES, { input });
    if (reprocessFiles.__typename === 'RequestError')
      throw new WaybillError(reprocessFiles.code, reprocessFiles.message);
    queued += reprocessFiles.queued;
  }
  return queued;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
