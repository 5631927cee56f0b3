// Who is to hear of a change, found by its tenant, its file and its state, so that a change costs those it is meant for
// and not all who listen.
import type { FileState } from '../fsm/machine.ts';
import type { ChangeFilter, LoggedChange } from './change.ts';

export interface Wanted {
  readonly tenant: string;
  readonly filter: ChangeFilter;
}

interface TenantIndex<Seeker> {
  readonly byFile: Map<string, Set<Seeker>>;
  readonly byState: Map<FileState, Set<Seeker>>;
  readonly all: Set<Seeker>;
}

function add<Key, Seeker>(index: Map<Key, Set<Seeker>>, key: Key, seeker: Seeker): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([seeker]));
  else known.add(seeker);
}

function remove<Key, Seeker>(index: Map<Key, Set<Seeker>>, key: Key, seeker: Seeker): void {
  const known = index.get(key);
  known?.delete(seeker);
  if (known?.size === 0) index.delete(key);
}

export class ChangeIndex<Seeker extends Wanted> {
  readonly #tenants = new Map<string, TenantIndex<Seeker>>();

  /** Under the narrowest part of its filter; the rest of it is asked when a change is found there. */
  add(seeker: Seeker): void {
    const { ids, states } = seeker.filter;
    const index = this.#of(seeker.tenant);
    if (ids !== null) for (const id of ids) add(index.byFile, id, seeker);
    else if (states !== null) for (const state of states) add(index.byState, state, seeker);
    else index.all.add(seeker);
  }

  remove(seeker: Seeker): void {
    const { ids, states } = seeker.filter;
    const index = this.#of(seeker.tenant);
    if (ids !== null) for (const id of ids) remove(index.byFile, id, seeker);
    else if (states !== null) for (const state of states) remove(index.byState, state, seeker);
    else index.all.delete(seeker);
    const { byFile, byState, all } = index;
    if (byFile.size + byState.size + all.size === 0) this.#tenants.delete(seeker.tenant);
  }

  /** Where those are who may be meant: nobody is in two of them; what else their filters say is to be asked. */
  find({ tenant, fileId, file }: LoggedChange): readonly ReadonlySet<Seeker>[] {
    const index = this.#tenants.get(tenant);
    if (index === undefined) return [];
    const found = [index.byFile.get(fileId), index.byState.get(file.state), index.all];
    return found.filter((seekers) => seekers !== undefined);
  }

  #of(tenant: string): TenantIndex<Seeker> {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const index = { byFile: new Map(), byState: new Map(), all: new Set<Seeker>() };
    this.#tenants.set(tenant, index);
    return index;
  }
}
