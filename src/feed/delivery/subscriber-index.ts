// Finds the subscribers of a change by its tenant, file and state, so that a change costs what its own subscribers cost,
// however many others there are.
import type { FileState } from '../../fsm/machine.ts';
import type { Interest, LoggedChange } from '../change.ts';

interface TenantIndex<Subscriber> {
  readonly byFile: Map<string, Set<Subscriber>>;
  readonly byState: Map<FileState, Set<Subscriber>>;
  /** Of those in `byState`, the ones that follow files out of the state. */
  readonly following: Map<FileState, Set<Subscriber>>;
  readonly all: Set<Subscriber>;
}

function add<Key, Subscriber>(index: Map<Key, Set<Subscriber>>, key: Key, subscriber: Subscriber): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([subscriber]));
  else known.add(subscriber);
}

function remove<Key, Subscriber>(index: Map<Key, Set<Subscriber>>, key: Key, subscriber: Subscriber): void {
  const known = index.get(key);
  known?.delete(subscriber);
  if (known?.size === 0) index.delete(key);
}

export class SubscriberIndex<Subscriber extends Interest> {
  readonly #tenants = new Map<string, TenantIndex<Subscriber>>();

  /** Files the subscriber under the narrowest part of its filter: files, else states, else the whole tenant. */
  add(subscriber: Subscriber): void {
    const { ids, states, follow } = subscriber.filter;
    const index = this.#of(subscriber.tenant);
    if (ids !== null) for (const id of ids) add(index.byFile, id, subscriber);
    else if (states !== null) for (const state of states) add(index.byState, state, subscriber);
    else index.all.add(subscriber);
    if (ids === null && follow) for (const state of states ?? []) add(index.following, state, subscriber);
  }

  remove(subscriber: Subscriber): void {
    const { ids, states } = subscriber.filter;
    const index = this.#of(subscriber.tenant);
    if (ids !== null) for (const id of ids) remove(index.byFile, id, subscriber);
    else if (states !== null) for (const state of states) remove(index.byState, state, subscriber);
    else index.all.delete(subscriber);
    for (const state of states ?? []) remove(index.following, state, subscriber);
    const { byFile, byState, all } = index;
    if (byFile.size + byState.size + all.size === 0) this.#tenants.delete(subscriber.tenant);
  }

  /** Lists of every subscriber of the change. They do not overlap; check the rest of each filter. */
  find({ tenant, fileId, file, transition }: LoggedChange): readonly Iterable<Subscriber>[] {
    const index = this.#tenants.get(tenant);
    if (index === undefined) return [];
    const found: (Iterable<Subscriber> | undefined)[] = [
      index.byFile.get(fileId),
      index.byState.get(file.state),
      index.all,
    ];
    const left = transition === null ? undefined : index.following.get(transition.from);
    if (left !== undefined) found.push([...left].filter(({ filter }) => filter.states?.has(file.state) === false));
    return found.filter((subscribers) => subscribers !== undefined);
  }

  #of(tenant: string): TenantIndex<Subscriber> {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const index = { byFile: new Map(), byState: new Map(), following: new Map(), all: new Set<Subscriber>() };
    this.#tenants.set(tenant, index);
    return index;
  }
}
