// Subscribers of the same operation with the same rights: each event is executed and printed once for all of them.
import type { DocumentNode, ExecutionArgs, ExecutionResult } from 'graphql';
import type { Hold } from '../feed/live-stream.ts';
import type { Caller, GraphQLContext } from '../schema/context.ts';
import { anyoneLike, rightsOf } from '../schema/rights.ts';
import { type ErrorReporter, presentErrors } from './errors.ts';
import type { Execute } from './execution/execute.ts';
import { operationKey } from './operation-variables.ts';
import { Printed, RecentResults, type Results } from './recent-results.ts';

export interface SharedOptions {
  readonly execute: Execute;
  readonly reporter: ErrorReporter;
  readonly newId: () => string;
  readonly contextOf: (caller: Caller) => GraphQLContext;
}

/** What an operation is carried out with. */
export type OperationArgs = ExecutionArgs & { readonly contextValue: GraphQLContext };

export class SharedOperation implements Hold {
  readonly #args: Parameters<Execute>[0];
  readonly #caller: Caller;
  readonly #options: SharedOptions;
  readonly #recent: RecentResults;
  readonly #results: Results = new Map();
  #context: GraphQLContext | undefined;
  /** Called when the last who joined has left. */
  readonly #onEmpty: () => void;
  #members = 0;

  constructor(args: OperationArgs, options: SharedOptions, recent: RecentResults, onEmpty: () => void) {
    const { document, operationName, variableValues, contextValue } = args;
    this.#args = { document, operationName: operationName ?? null, variableValues };
    this.#caller = anyoneLike(contextValue, options.newId());
    this.#options = options;
    this.#recent = recent;
    this.#onEmpty = onEmpty;
  }

  join(): void {
    this.#members += 1;
  }

  /** One who joined leaves. */
  release(): void {
    this.#members -= 1;
    if (this.#members > 0) return;
    this.#results.clear();
    this.#onEmpty();
  }

  /** What all of them are told of an event. A promise only where a resolver has to wait. */
  resultOf(event: object): Printed | Promise<Printed> {
    return this.#results.get(event) ?? this.#make(event);
  }

  #make(event: object): Printed | Promise<Printed> {
    const { execute, contextOf } = this.#options;
    const contextValue = this.#context ?? contextOf(this.#caller);
    const result = execute({ ...this.#args, rootValue: event, contextValue });
    // Set by the root field, which does not wait.
    const { cursor } = contextValue.stream;
    const { requestId } = contextValue;
    if (!(result instanceof Promise)) {
      this.#context = contextValue;
      return this.#finish(event, result, requestId, cursor);
    }
    // What had to wait may have been loaded, and remembered by the context: the next event gets another one.
    this.#context = undefined;
    const printing = result.then((later) => this.#finish(event, later, requestId, cursor));
    this.#results.set(event, printing);
    printing.catch(() => this.#results.delete(event));
    return printing;
  }

  #finish(event: object, result: ExecutionResult, requestId: string, cursor: string | null): Printed {
    const { data, errors } = presentErrors(result, requestId, this.#options.reporter);
    const printed = new Printed(JSON.stringify({ data, errors }), cursor);
    this.#recent.keep(this.#results, event, printed);
    return printed;
  }
}

export class SharedOperations {
  readonly #options: SharedOptions;
  readonly #recent = new RecentResults();
  readonly #byDocument = new WeakMap<DocumentNode, Map<string, SharedOperation>>();

  constructor(options: SharedOptions) {
    this.#options = options;
  }

  /** The operation of all who ask for the same: to be released by each of them. */
  join(args: OperationArgs): SharedOperation {
    const { document, operationName, variableValues, contextValue } = args;
    const ofDocument = this.#byDocument.get(document) ?? new Map<string, SharedOperation>();
    this.#byDocument.set(document, ofDocument);
    const key = `${rightsOf(contextValue)} ${operationKey(document, operationName, variableValues)}`;
    const operation =
      ofDocument.get(key) ?? new SharedOperation(args, this.#options, this.#recent, () => void ofDocument.delete(key));
    ofDocument.set(key, operation);
    operation.join();
    return operation;
  }
}
