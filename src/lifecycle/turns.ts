// Whose turn it is: queues that are ready, each of one tenant. A tenant that has had one taken goes to the back of the
// line; within a tenant the queue that has waited longest comes first.

/** First in, first out, each once. */
class Line {
  readonly #waiting = new Set<string>();
  // Kept from take to take: from the start, each would step over all that were taken before.
  #at = this.#waiting.values();

  get size(): number {
    return this.#waiting.size;
  }

  /** What waits already keeps its place. */
  add(name: string): void {
    this.#waiting.add(name);
  }

  take(): string | undefined {
    let next = this.#at.next();
    if (next.done === true) {
      this.#at = this.#waiting.values();
      next = this.#at.next();
    }
    if (next.done === true) return undefined;
    this.#waiting.delete(next.value);
    return next.value;
  }
}

export class Turns {
  readonly #tenants = new Line();
  readonly #queuesOf = new Map<string, Line>();

  /** Zero when nothing is ready; otherwise how many tenants have something. */
  get size(): number {
    return this.#tenants.size;
  }

  add(tenant: string, queue: string): void {
    const queues = this.#queuesOf.get(tenant) ?? new Line();
    queues.add(queue);
    this.#queuesOf.set(tenant, queues);
    this.#tenants.add(tenant);
  }

  /** The next queue, which is ready no longer; undefined when there is none. */
  take(): string | undefined {
    const tenant = this.#tenants.take();
    if (tenant === undefined) return undefined;
    const queues = this.#queuesOf.get(tenant);
    const queue = queues?.take();
    if (queues === undefined || queues.size === 0) this.#queuesOf.delete(tenant);
    else this.#tenants.add(tenant);
    return queue;
  }
}
