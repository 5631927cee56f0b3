// Subscribers of the same operation with the same rights: each event is executed and printed once for all of them.
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema, execute } from 'graphql';
import type { Hold } from '../feed/live-stream.ts';
import type { Caller, GraphQLContext } from '../schema/context.ts';
import { anyoneLike, rightsOf } from '../schema/rights.ts';
import { type ErrorReporter, presentErrors } from './errors.ts';
import { operationKey } from './operation-variables.ts';
import { Printed, RecentResults, type Results } from './recent-results.ts';

export interface SharedOptions {
  readonly schema: GraphQLSchema;
  readonly reporter: ErrorReporter;
  readonly newId: () => string;
  readonly contextOf: (caller: Caller) => GraphQLContext;
}

/** What an operation is carried out with. */
export type OperationArgs = ExecutionArgs & { readonly contextValue: GraphQLContext };

export class SharedOperation implements Hold {
  readonly #args: ExecutionArgs;
  readonly #caller: Caller;
  readonly #options: SharedOptions;
  readonly #recent: RecentResults;
  readonly #results: Results = new Map();
  /** Called when the last who joined has left. */
  readonly #onEmpty: () => void;
  #members = 0;

  constructor(args: OperationArgs, options: SharedOptions, recent: RecentResults, onEmpty: () => void) {
    const { document, operationName, variableValues, contextValue } = args;
    this.#args = { schema: options.schema, document, operationName: operationName ?? null, variableValues };
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
    // For each event, so that nothing is remembered from one to the next.
    const contextValue = this.#options.contextOf(this.#caller);
    const result = execute({ ...this.#args, rootValue: event, contextValue });
    if (!(result instanceof Promise)) return this.#finish(event, result, contextValue);
    const printing = result.then((later) => this.#finish(event, later, contextValue));
    this.#results.set(event, printing);
    printing.catch(() => this.#results.delete(event));
    return printing;
  }

  #finish(event: object, result: ExecutionResult, { requestId, stream }: GraphQLContext): Printed {
    const { data, errors } = presentErrors(result, requestId, this.#options.reporter);
    const printed = new Printed(JSON.stringify({ data, errors }), stream.cursor);
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
