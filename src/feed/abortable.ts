// Generators that can be ended from outside while they wait.

/** The same stream; `ended` is called once, when it is through, has failed, or nobody wants more of it. */
function onEnd<Item>(inner: AsyncGenerator<Item, void>, ended: () => void): AsyncGenerator<Item, void> {
  let open = true;
  function end(): void {
    if (open) ended();
    open = false;
  }
  return {
    next: async () => {
      try {
        const result = await inner.next();
        if (result.done === true) end();
        return result;
      } catch (error) {
        end();
        throw error;
      }
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

/**
 * An async generator that waits cannot be ended from outside: return() queues behind the pending next(). Here return()
 * aborts the generator's signal first, so that an unsubscribed client leaves nothing behind. So does the parent's abort.
 */
export function abortable<Item>(
  parent: AbortSignal,
  start: (signal: AbortSignal) => AsyncGenerator<Item, void>,
): AsyncGenerator<Item, void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  if (parent.aborted) end();
  parent.addEventListener('abort', end, { once: true });
  return onEnd(start(ending.signal), () => {
    end();
    parent.removeEventListener('abort', end);
  });
}
