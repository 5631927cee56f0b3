// Actions on many files at once. Each file is accepted or refused by itself.
import { DELETE_FILE, type LifecycleEvent, type Waybill, type WaybillFile, expectSuccess } from '@waybill/client';
import { REPROCESS_FILES, TRANSITION_FILES } from '../generated/documents.ts';
import { STATE_NAMES, TEXTS } from '../texts.ts';
import { describeRefusal } from './events.ts';

export interface BulkOutcome {
  /** How many. */
  readonly done: number;
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
  let done = 0;
  const refused = new Map<string, string>();
  for (let from = 0; from < ids.length; from += MAX_AT_ONCE) {
    const some = ids.slice(from, from + MAX_AT_ONCE);
    const { transitionFiles } = await waybill.mutate(TRANSITION_FILES, { input: some.map((id) => ({ id, event })) });
    for (const [at, answer] of transitionFiles.entries()) {
      const id = some[at]!;
      if (answer.__typename === 'TransitionFileSuccess') done += 1;
      else refused.set(id, describeRefusal(answer, event));
    }
  }
  return { done, refused };
}

export async function deleteAll(waybill: Waybill, ids: readonly string[]): Promise<BulkOutcome> {
  let done = 0;
  const refused = new Map<string, string>();
  const left = [...ids];
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        const { deleteFile } = await waybill.mutate(DELETE_FILE, { input: { id } });
        if (deleteFile.__typename === 'DeleteFileSuccess') done += 1;
        else refused.set(id, deleteFile.message);
      } catch (error) {
        refused.set(id, messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: DELETED_AT_ONCE }, work));
  return { done, refused };
}

/** Those that the server would pass over in silence are refused here. */
export async function reprocessAll(waybill: Waybill, files: readonly WaybillFile[]): Promise<BulkOutcome> {
  const refused = new Map<string, string>();
  for (const { id, state, transfer } of files) {
    if (transfer === 'EXTERNAL') refused.set(id, TEXTS.notHere);
    else if (state !== 'INDEXED') refused.set(id, TEXTS.notIndexed(STATE_NAMES[state]));
  }
  const ids = files.flatMap(({ id }) => (refused.has(id) ? [] : [id]));
  return { done: ids.length === 0 ? 0 : await reprocess(waybill, ids), refused };
}

/** The server says how many, not which. */
export async function reprocess(waybill: Waybill, ids: readonly string[]): Promise<number> {
  let queued = 0;
  for (let from = 0; from < ids.length; from += MAX_AT_ONCE) {
    const input = { ids: ids.slice(from, from + MAX_AT_ONCE) };
    const { reprocessFiles } = await waybill.mutate(REPROCESS_FILES, { input });
    queued += expectSuccess(reprocessFiles).queued;
  }
  return queued;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
