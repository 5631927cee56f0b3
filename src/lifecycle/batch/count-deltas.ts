// What a batch does to the number of files in each state, and to the bytes of each tenant.
import type { FileCountDelta } from '../../entities/file-count-delta.ts';
import type { File } from '../../entities/file.ts';
import type { FileState } from '../../fsm/machine.ts';
import { type Sized, reservedBytes } from '../reserved-bytes.ts';

type Counted = Pick<File, 'tenant' | 'state'>;

/** Where a file was before a batch, and is after it; null: nowhere. */
export interface CountedMove extends Pick<File, 'tenant'> {
  readonly from: FileState | null;
  readonly to: FileState | null;
}

export type CountDelta = Pick<FileCountDelta, 'tenant' | 'state' | 'files' | 'fromState'>;

export interface ByteDelta extends Pick<File, 'tenant'> {
  readonly bytes: number;
}

/** One for all files of a tenant that made the same move. */
export function countDeltas(moves: readonly CountedMove[]): CountDelta[] {
  const deltas = new Map<string, { -readonly [Name in keyof CountDelta]: CountDelta[Name] }>();
  for (const { tenant, from, to } of moves) {
    if (from === to) continue;
    const key = `${from} ${to} ${tenant}`;
    const known = deltas.get(key) ?? { tenant, state: (to ?? from)!, files: 0, fromState: to === null ? null : from };
    known.files += to === null ? -1 : 1;
    deltas.set(key, known);
  }
  return [...deltas.values()];
}

/** Bytes of files that came minus those of files that went, by tenant, without the zeros. */
export function byteDeltas(gone: readonly (Counted & Sized)[], come: readonly (Counted & Sized)[]): ByteDelta[] {
  const tenants = new Map<string, number>();
  const add = (file: Counted & Sized, sign: 1 | -1): void => {
    const bytes = reservedBytes(file);
    if (bytes !== 0) tenants.set(file.tenant, (tenants.get(file.tenant) ?? 0) + sign * bytes);
  };
  for (const each of gone) add(each, -1);
  for (const each of come) add(each, 1);
  return [...tenants].flatMap(([tenant, bytes]) => (bytes === 0 ? [] : [{ tenant, bytes }]));
}
