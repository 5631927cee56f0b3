// Subscribers to the same operation, in the same audience: each event is executed and printed once for all of them.
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema, execute } from 'graphql';
import type { Hold } from '../feed/delivery/live-stream.ts';
import type { Caller, GraphQLContext } from '../schema/context.ts';
import { audienceCaller, audienceKey } from './audience.ts';
import { type ErrorReporter, presentErrors } from './errors.ts';
import { operationKey } from './operation-key.ts';
import { Printed, RecentResults, type Results } from './printed-results.ts';

export interface SharedOptions {
  readonly schema: GraphQLSchema;
  readonly reporter: ErrorReporter;
  readonly newId: () => string;
  readonly contextOf: (caller: Caller) => GraphQLContext;
}

/** The arguments of one execution. */
export type OperationArgs = ExecutionArgs & { readonly contextValue: GraphQLContext };

export class SharedOperation implements Hold {
  readonly #args: ExecutionArgs;
  readonly #caller: Caller;
  readonly #options: SharedOptions;
  readonly #recent: RecentResults;
  readonly #results: Results = new Map();
  #context: GraphQLContext | undefined;
  /** Called when the last member leaves. */
  readonly #onEmpty: () => void;
  #members = 0;

  constructor(args: OperationArgs, options: SharedOptions, recent: RecentResults, onEmpty: () => void) {
    const { document, operationName, variableValues, contextValue } = args;
    this.#args = { schema: options.schema, document, operationName: operationName ?? null, variableValues };
    this.#caller = audienceCaller(contextValue, options.newId());
    this.#options = options;
    this.#recent = recent;
    this.#onEmpty = onEmpty;
  }

  join(): void {
    this.#members += 1;
  }

  /** A member leaves. */
  release(): void {
    this.#members -= 1;
    if (this.#members > 0) return;
    this.#results.clear();
    this.#onEmpty();
  }

  /** The result of an event for all members. A promise only if a resolver returns one. */
  resultOf(event: object): Printed | Promise<Printed> {
    return this.#results.get(event) ?? this.#make(event);
  }

  #make(event: object): Printed | Promise<Printed> {
    const contextValue = this.#context ?? this.#options.contextOf(this.#caller);
    const result = execute({ ...this.#args, rootValue: event, contextValue });
    // Set by the root field, which is synchronous.
    const { cursor } = contextValue.stream;
    const { requestId } = contextValue;
    if (!(result instanceof Promise)) {
      this.#context = contextValue;
      return this.#finish(event, result, requestId, cursor);
    }
    // The context may now hold what was loaded for this event: the next one gets a new context.
    this.#context = undefined;
    const printing = result.then((settled) => this.#finish(event, settled, requestId, cursor));
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

  /** The operation shared by all who ask for the same. Each member must release it. */
  join(args: OperationArgs): SharedOperation {
    const { document, operationName, variableValues, contextValue } = args;
    const ofDocument = this.#byDocument.get(document) ?? new Map<string, SharedOperation>();
    this.#byDocument.set(document, ofDocument);
    const key = `${audienceKey(contextValue)} ${operationKey(this.#options.schema, document, operationName, variableValues)}`;
    const operation =
      ofDocument.get(key) ?? new SharedOperation(args, this.#options, this.#recent, () => void ofDocument.delete(key));
    ofDocument.set(key, operation);
    operation.join();
    return operation;
  }
}
