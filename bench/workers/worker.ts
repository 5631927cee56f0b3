// The parent's side of a worker: starts it and calls it.
import { type ChildProcess, fork } from 'node:child_process';
import { keepTrack } from '../host/break-off.ts';
import type { Call, Calls, Reply } from './answer-calls.ts';

type Arguments<Handler> = Handler extends () => unknown
  ? []
  : Handler extends (argument: infer Value) => unknown
    ? [Value]
    : never;
type Result<Handler> = Handler extends (argument: never) => infer Value ? Awaited<Value> : never;

export class Worker<Handlers extends Calls> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  /** `path` is relative to bench/. */
  constructor(path: string, nodeOptions: readonly string[] = []) {
    const module = new URL(`../${path}`, import.meta.url).pathname;
    this.#child = keepTrack(fork(module, { execArgv: [...nodeOptions], serialization: 'advanced' }));
    this.#child.on('message', (reply: Reply) => this.#settle(reply));
    this.#child.on('exit', () => {
      for (const { reject } of this.#pending.values()) reject(new Error(`the worker ${path} has ended`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async call<Name extends keyof Handlers & string>(
    name: Name,
    ...[argument]: Arguments<Handlers[Name]>
  ): Promise<Result<Handlers[Name]>> {
    const id = (this.#lastId += 1);
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    const call: Call = { id, name, argument };
    this.#child.send(call, (error) => {
      if (error !== null) this.#settle({ id, error: error.message });
    });
    return (await pending.promise) as Result<Handlers[Name]>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL'); // it holds nothing that needs an orderly end
    await ended;
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending?.reject(new Error(reply.error));
    else pending?.resolve(reply.result);
  }
}
