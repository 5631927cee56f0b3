// Queries of a high cost take turns. Each may take some 100 MiB while it is worked on (docs/frontend.md, "The cost of an
// operation"), so that only the number that are worked on at once bounds what they take together.
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { DomainError } from '../errors.ts';
import { Turns } from '../jobs/turns.ts';
import type { Answer } from './print-answer.ts';
import type { OperationArgs } from './shared-operation.ts';

/** From here on an operation is large: below, what is read for it and its text stay within a few MiB. */
const LARGE_COST = 10_000;
/** Three of the dearest operations that the limit on the cost allows unless it is set; two of one tenant. */
const AT_ONCE = 300_000;
const AT_ONCE_PER_TENANT = 200_000;
/**
 * Values in the variables of what waits, some 50 bytes each: two hundred bulk mutations of 1,000 items, but not two of
 * 4 MiB that are nothing but brackets, which take 80 MiB each.
 */
const WAITING = 1_000_000;
/** An operation with small variables: its arguments, its document. */
const SMALLEST = 5_000;
/** Characters of text that take as much as a value. */
const CHARACTERS = 50;

export const isLarge = (cost: number): boolean => cost > LARGE_COST;

export class LargeOperations {
  readonly #turns = new Turns({
    name: 'large operations',
    atOnce: AT_ONCE,
    atOncePerTenant: AT_ONCE_PER_TENANT,
    waiting: WAITING,
    waitingOfTenant: WAITING / 2,
  });

  /** @returns its answer when it has had its turn; or the refusal UNAVAILABLE, and then nothing was done */
  async take(args: OperationArgs, cost: number, work: () => Promise<Answer>): Promise<Answer> {
    const { principal, signal } = args.contextValue;
    const departure = signal();
    let hasBegun = false;
    const begin = (): Promise<Answer> | Answer => {
      // Nobody would read it.
      if (departure.aborted) return refuse('The caller has left.');
      hasBegun = true;
      return work();
    };
    try {
      return await this.#turns.take({ tenant: principal.tenant, weight: cost, size: () => sizeOf(args) }, begin);
    } catch (error) {
      if (hasBegun || !(error instanceof DomainError)) throw error;
      return refuse(error.message);
    }
  }
}

/** Without data: the transports know by it that nothing was executed. */
const refuse = (message: string): Answer => ({
  errors: [new GraphQLError(message, { extensions: { code: 'UNAVAILABLE' } })],
});

/** How much is kept in memory while it waits; no more than WAITING is counted. */
export function sizeOf({ variableValues }: Pick<ExecutionArgs, 'variableValues'>): number {
  const open: unknown[] = [variableValues];
  let size = SMALLEST;
  while (open.length > 0 && size < WAITING) {
    const value = open.pop();
    size += 1 + (typeof value === 'string' ? value.length / CHARACTERS : 0);
    // Not spread: a list may be longer than the arguments of a call can be.
    if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) open.push(each);
  }
  return size;
}
