// Gives a child one piece of work and watches it: time, memory, output, cancellation. However it ends, there is one reply.
import type { Failure } from '../../fsm/types.ts';
import type { ProcessingLimits } from '../limits.ts';
import type { Child, Trouble } from './child-process.ts';
import { CANCELED } from '../../fsm/failures.ts';
import { crashed, outOfMemory, reported, spokeNonsense, timedOut, tooMuchOutput } from './failures.ts';
import type { FromChild, RunRequest } from './messages.ts';

export type Reply =
  | {
      readonly type: 'done';
      readonly processor: number;
      readonly properties: Readonly<Record<string, unknown>>;
      /** Empty where there is none. */
      readonly text: string;
    }
  /** No processor accepts the file. */
  | { readonly type: 'none' }
  /** It ended before it looked at this file, for what an earlier one had left in it. Another child can be asked. */
  | { readonly type: 'gone' }
  /** The child is not to be used again. */
  | { readonly type: 'failed'; readonly processor: number; readonly failure: Failure };

export interface Watch {
  readonly limits: ProcessingLimits;
  readonly signal: AbortSignal;
  readonly nameOf: (processor: number) => string;
  readonly onBegun: (processor: number) => void;
  readonly onProgress: (fraction: number, message: string) => void;
  /** Bytes that the child had resident when they were last read. */
  readonly onMemory: (bytes: number) => void;
}

export function runInChild(child: Child, request: RunRequest, watch: Watch): Promise<Reply> {
  const { limits, signal } = watch;
  const { promise, resolve } = Promise.withResolvers<Reply>();
  const cleanUp = new DisposableStack();
  const run = child.begin();
  let processor = request.from;
  let isHeard = false;
  let stoppedBy: Failure | null = null;

  const end = (reply: Reply): void => {
    cleanUp.dispose();
    resolve(stoppedBy === null ? reply : { type: 'failed', processor, failure: stoppedBy });
  };
  const fail = (failure: Failure): void => end({ type: 'failed', processor, failure });
  const name = (): string => watch.nameOf(processor);

  /** It may tell somebody else that it stops; then it is killed, and its end is the reply. */
  const stop = (failure: Failure, graceMs: number): void => {
    if (stoppedBy !== null) return;
    stoppedBy = failure;
    child.send({ type: 'abort' });
    const timer = setTimeout(() => void child.kill(), graceMs);
    cleanUp.defer(() => clearTimeout(timer));
  };

  const receive = (message: FromChild, text: string): void => {
    if (isLate(message, run)) {
      if (message.type === 'failed') child.isSpoiled = true;
      return;
    }
    isHeard = true;
    if (!('run' in message) || message.run !== run) {
      fail(spokeNonsense(name()));
    } else if (message.type === 'begun' && isIndex(message.processor, request)) {
      processor = message.processor;
      watch.onBegun(processor);
    } else if (message.type === 'progress') {
      watch.onProgress(message.fraction, message.message);
    } else if (message.type === 'done' && isObject(message.properties)) {
      end({ type: 'done', processor, properties: message.properties, text });
    } else if (message.type === 'none') {
      end({ type: 'none' });
    } else if (message.type === 'failed') {
      fail(reported(name(), message.failure));
    } else {
      fail(spokeNonsense(name()));
    }
  };

  const onTrouble = (trouble: Trouble): void => fail(troubleOf(trouble, name()));
  const onExit = (): void => {
    if (isHeard || run === 1) fail(crashed(name(), child.exit!, limits));
    else end({ type: 'gone' });
  };
  const onAbort = (): void => stop(CANCELED, limits.graceMs);
  child.on('message', receive).on('trouble', onTrouble).on('exit', onExit);
  cleanUp.defer(() => child.off('message', receive).off('trouble', onTrouble).off('exit', onExit));
  signal.addEventListener('abort', onAbort);
  cleanUp.defer(() => signal.removeEventListener('abort', onAbort));
  const timer = setTimeout(() => stop(timedOut(name(), limits), limits.graceMs), limits.processorMs);
  cleanUp.defer(() => clearTimeout(timer));
  const memory = setInterval(() => {
    void child.readMemory().then((bytes) => {
      watch.onMemory(bytes);
      if (bytes > limits.memoryBytes) stop(outOfMemory(name(), limits), 0);
    });
  }, limits.memoryCheckMs);
  cleanUp.defer(() => clearInterval(memory));

  child.send({ type: 'run', run, request });
  if (child.exit !== null) onExit();
  else if (signal.aborted) onAbort();
  return promise;
}

function troubleOf(trouble: Trouble, name: string): Failure {
  if (trouble === 'too much output') return tooMuchOutput(`The processor ${name} found more than is kept.`);
  if (trouble === 'too much printed') return tooMuchOutput(`The processor ${name} printed too much.`);
  return spokeNonsense(name);
}

/** What an earlier run left behind may speak still. */
function isLate(message: FromChild, run: number): boolean {
  return 'run' in message && Number.isInteger(message.run) && message.run >= 0 && message.run < run;
}

function isIndex(value: unknown, { from, to }: RunRequest): value is number {
  return Number.isInteger(value) && (value as number) >= from && (value as number) < to;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
