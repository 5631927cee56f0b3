// Queues that are ready, each of one tenant, handed out so that tenants take turns: a tenant goes to the back of the line
// when one of its queues is taken; within a tenant the queue that has waited longest comes first.

/** First in, first out, each once. */
class Line {
  readonly #waiting = new Set<string>();
  // Kept between takes: a new iterator would step over every entry deleted before.
  #at = this.#waiting.values();

  get size(): number {
    return this.#waiting.size;
  }

  /** A name that waits already keeps its place. */
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

export class FairQueue {
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

  /** Removes the next queue and returns it; undefined when there is none. */
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
