// Whose turn it is: queues that are ready, each of one tenant. A tenant that has had one taken goes to the back of the
// line; within a tenant the queue that has waited longest comes first.
export class Turns {
  readonly #byTenant = new Map<string, Set<string>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** A queue that is ready already keeps its place. */
  add(tenant: string, queue: string): void {
    const queues = this.#byTenant.get(tenant) ?? new Set();
    if (queues.has(queue)) return;
    queues.add(queue);
    this.#size += 1;
    if (queues.size === 1) this.#byTenant.set(tenant, queues);
  }

  /** The next queue, which is ready no longer; undefined when there is none. */
  take(): string | undefined {
    const [next] = this.#byTenant;
    if (next === undefined) return undefined;
    const [tenant, queues] = next;
    const [queue] = queues;
    this.#byTenant.delete(tenant);
    if (queue === undefined) return this.take();
    queues.delete(queue);
    this.#size -= 1;
    if (queues.size > 0) this.#byTenant.set(tenant, queues);
    return queue;
  }
}
