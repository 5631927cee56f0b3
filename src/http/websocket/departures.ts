// Notices that the client of a WebSocket no longer wants the answer to a query or mutation: it has completed the operation,
// or closed the socket. graphql-ws itself tells subscriptions only.

export class Departures {
  readonly #running = new Map<string, AbortController>();
  #isOver = false;

  /**
   * @param id the client's id of the operation
   * @returns the signal of it, made when it is first asked for: hardly any operation does
   */
  watch(id: string): () => AbortSignal {
    let controller: AbortController | undefined;
    return () => (controller ??= this.#add(id)).signal;
  }

  /** The client does not want the answer. */
  leave(id: string): void {
    this.#running.get(id)?.abort();
    this.#running.delete(id);
  }

  /** The answer was sent. */
  forget(id: string): void {
    this.#running.delete(id);
  }

  /** The socket is closed. */
  end(): void {
    this.#isOver = true;
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  #add(id: string): AbortController {
    const controller = new AbortController();
    if (this.#isOver) controller.abort();
    else this.#running.set(id, controller);
    return controller;
  }
}
