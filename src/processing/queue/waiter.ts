// One call of `claim` that waits for files.
import type { Queue } from '../../entities/processing.ts';
import type { ClaimedFile } from '../../lifecycle/processing-commands.ts';

export interface ClaimRequest {
  readonly queue: Queue;
  /** Whose files; null: of all tenants, in turn. */
  readonly tenants: readonly string[] | null;
  /** Names the worker, for those who look at the file. */
  readonly worker: string;
  readonly actor: string;
  /** Files at most. */
  readonly limit: number;
  readonly leaseMs: number;
  /** Media types, `image/*` for all of a kind; null: any. */
  readonly contentTypes: readonly string[] | null;
  /** How long to wait for a file; 0: not at all. */
  readonly waitMs: number;
}

/** A file as a claim gives it out. */
export interface GivenFile extends ClaimedFile {
  /** When the claim was sent to the database, by a monotonic clock in milliseconds: its lease began later. */
  readonly sentAt: number;
}

export class Waiter {
  readonly request: ClaimRequest;
  readonly files: Promise<readonly GivenFile[]>;
  /** Whether it is content with nothing from now on. */
  isLate: boolean;
  readonly #result = Promise.withResolvers<readonly GivenFile[]>();
  #isSettled = false;
  readonly #cleanUp: () => void;

  /** @param onChange called when it no longer waits: its time is up, or its caller has left */
  constructor(request: ClaimRequest, signal: AbortSignal, onChange: (waiter: Waiter) => void) {
    this.request = request;
    this.files = this.#result.promise;
    this.isLate = request.waitMs <= 0;
    const onAbort = (): void => {
      this.settle([]);
      onChange(this);
    };
    const timer = setTimeout(() => {
      this.isLate = true;
      onChange(this);
    }, request.waitMs);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#cleanUp = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    if (signal.aborted) this.settle([]);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** @returns false if its caller has left: the files are nobody's */
  settle(files: readonly GivenFile[]): boolean {
    if (this.#isSettled) return false;
    this.#end();
    this.#result.resolve(files);
    return true;
  }

  fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#end();
    this.#result.reject(error);
  }

  #end(): void {
    this.#isSettled = true;
    this.#cleanUp();
  }
}
