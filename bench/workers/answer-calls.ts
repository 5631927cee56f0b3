// The worker's side: a process that its parent calls over the IPC channel. The load generator, the subscribers and the
// bare servers are workers, so that they share no event loop.

export type Calls = Record<string, (argument: never) => unknown>;

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

/** Answers calls until the parent disconnects; then the process ends. */
export function answerCalls(calls: Calls): void {
  process.on('message', (call: Call) => void answer(calls, call));
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches the whole process group; the parent decides when the worker ends.
  process.on('SIGINT', () => undefined);
}

async function answer(calls: Calls, { id, name, argument }: Call): Promise<void> {
  const reply = await callByName(calls, name, argument).then(
    (result): Reply => ({ id, result }),
    (error: unknown): Reply => ({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  process.send?.(reply);
}

async function callByName(calls: Calls, name: string, argument: unknown): Promise<unknown> {
  const handler = calls[name];
  if (handler === undefined) throw new TypeError(`this worker has no call ${name}`);
  return await handler(argument as never);
}
