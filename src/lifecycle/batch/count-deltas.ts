// What a batch does to the number of files in each state, and to the bytes of each tenant.
import type { File } from '../../entities/file.ts';
import { type Sized, reservedBytes } from '../reserved-bytes.ts';

type Counted = Pick<File, 'tenant' | 'state'>;

export interface CountDelta extends Counted {
  readonly files: number;
}

export interface ByteDelta extends Pick<File, 'tenant'> {
  readonly bytes: number;
}

/** Files that came minus files that went, by tenant and state, without the zeros. */
export function countDeltas(gone: readonly Counted[], come: readonly Counted[]): CountDelta[] {
  const tenants = new Map<string, Map<File['state'], number>>();
  const add = ({ tenant, state }: Counted, files: number): void => {
    const states = tenants.get(tenant) ?? new Map<File['state'], number>();
    tenants.set(tenant, states.set(state, (states.get(state) ?? 0) + files));
  };
  for (const each of gone) add(each, -1);
  for (const each of come) add(each, 1);
  const deltas = [...tenants].flatMap(([tenant, states]) =>
    [...states].map(([state, files]) => ({ tenant, state, files })),
  );
  return deltas.filter(({ files }) => files !== 0);
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
