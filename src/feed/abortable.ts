// An async generator that waits cannot be ended from outside: return() queues behind the pending next(). Here return()
// aborts the generator's signal first, so that an unsubscribed client leaves nothing behind.

export function abortable<Item>(
  parent: AbortSignal,
  start: (signal: AbortSignal) => AsyncGenerator<Item, void>,
): AsyncGenerator<Item, void> {
  const ending = new AbortController();
  const endToo = (): void => ending.abort();
  if (parent.aborted) ending.abort();
  parent.addEventListener('abort', endToo, { once: true });
  const inner = start(ending.signal);

  function end(): void {
    ending.abort();
    parent.removeEventListener('abort', endToo);
  }

  return {
    next: async () => {
      const result = await inner.next();
      if (result.done === true) end();
      return result;
    },
    return: async () => {
      end();
      return await inner.return();
    },
    throw: async (error: unknown) => {
      end();
      return await inner.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return();
    },
  };
}
