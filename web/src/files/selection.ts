// Which files are selected, and what the server has refused of the last action: at the row of each file.
import { useStore } from '@waybill/client/react';
import { Observable } from '../app/observable.ts';

const selected = new Observable<ReadonlySet<string>>(new Set());
const refusals = new Observable<ReadonlyMap<string, string>>(new Map());

export const useSelected = (): ReadonlySet<string> => useStore(selected);
export const useRefusals = (): ReadonlyMap<string, string> => useStore(refusals);

export const select = (ids: Iterable<string>): void => selected.set(new Set(ids));
export const clearSelection = (): void => selected.set(new Set());

/** What is not on the list any more is not selected: nobody deletes what they do not see. */
export function selectOnly(files: readonly { readonly id: string }[]): void {
  const before = selected.getSnapshot();
  if (before.size === 0) return;
  const left = files.filter(({ id }) => before.has(id));
  if (left.length < before.size) select(left.map(({ id }) => id));
}

export function toggle(id: string): void {
  const next = new Set(selected.getSnapshot());
  if (!next.delete(id)) next.add(id);
  selected.set(next);
}

export const showRefusals = (found: ReadonlyMap<string, string>): void => refusals.set(found);

export function dismissRefusal(id: string): void {
  const next = new Map(refusals.getSnapshot());
  if (next.delete(id)) refusals.set(next);
}
