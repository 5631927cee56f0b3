// What a batch does to the number of files in each state.
import type { File } from '../../entities/file.ts';

type Counted = Pick<File, 'tenant' | 'state'>;

export interface CountDelta extends Counted {
  readonly files: number;
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
