// How GraphiQL reaches the server. The function runs in the browser: the page contains its text, so it may use nothing
// from outside of itself. GraphiQL's own fetcher retries with the cursor with which a subscription began, and shows
// `{"isTrusted": true}` when a connection fails.
import type { ExecutionResult } from 'graphql';
import type { createClient } from 'graphql-ws';

interface Operation {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown> | null;
}

interface Choice {
  readonly type: string;
  /** The text between its parentheses. */
  readonly variables: string;
  readonly operationName: string | null;
}

interface FetcherOptions {
  readonly headers?: Record<string, string>;
}

interface Observer {
  next(result: unknown): void;
  complete(): void;
}

interface Observable {
  subscribe(observer: Observer): { unsubscribe(): void };
}

type Fetcher = (operation: Operation, options?: FetcherOptions) => Promise<unknown> | Observable;

/**
 * Queries and mutations use POST, subscriptions a WebSocket. A subscription that declares `$after` and selects `cursor`
 * goes on after its last cursor when the connection is lost; any other ends with a sentence that says so.
 *
 * @param connect createClient of graphql-ws
 * @param url of the endpoint, http or https
 */
export function makeFetcher(connect: typeof createClient, url: string): Fetcher {
  const failure = (message: string): ExecutionResult => ({ errors: [{ message }] }) as unknown as ExecutionResult;

  async function post(operation: Operation, headers: Record<string, string>): Promise<ExecutionResult> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
        body: JSON.stringify(operation),
      });
      const text = await response.text();
      if (text.startsWith('{')) return JSON.parse(text) as ExecutionResult;
      return failure(`The server answered with ${response.status}: ${text.slice(0, 1000)}`);
    } catch {
      return failure('The server does not answer. Run the operation again.');
    }
  }

  const watch = (operation: Operation, headers: Record<string, string>, resumes: boolean): Observable => ({
    subscribe(observer) {
      const { after } = operation.variables ?? {};
      let cursor = typeof after === 'string' ? after : undefined;
      let shown: unknown = { data: null };
      let failures = 0;
      let isStopped = false;
      let unsubscribe = (): void => {};
      let timer: ReturnType<typeof setTimeout> | undefined;

      function lose(error: unknown): void {
        if (isStopped) return;
        const { code = 0, reason = '' } = error as { code?: number; reason?: string };
        // The 44xx codes of graphql-transport-ws are refusals; everything else may go away.
        const isRefused = code >= 4400 && code < 4500;
        if (isRefused) observer.next(failure(`The server closed the connection: ${reason} (${code}).`));
        else if (!resumes)
          observer.next(
            failure('The connection to the server was lost, and later changes are not shown. Run the operation again.'),
          );
        if (isRefused || !resumes) return observer.complete();
        const from = cursor === undefined ? '' : ` after the cursor ${cursor}`;
        observer.next(
          failure(`The connection to the server was lost. Watching goes on${from} when the server answers.`),
        );
        timer = setTimeout(() => void begin(), Math.min(3000, 500 * 2 ** failures++) * (0.5 + Math.random()));
      }

      async function begin(): Promise<void> {
        if (resumes && cursor === undefined) {
          // So that a connection lost before the first change misses none.
          const { data } = await post({ query: '{ feedCursor }' }, headers);
          if (typeof data?.['feedCursor'] === 'string') cursor = data['feedCursor'];
        }
        if (isStopped) return;
        const client = connect({
          url: url.replace(/^http/, 'ws'),
          connectionParams: headers,
          retryAttempts: 0,
          on: {
            connected: () => {
              if (failures > 0) observer.next(shown);
              failures = 0;
            },
          },
        });
        const variables = cursor === undefined ? operation.variables : { ...operation.variables, after: cursor };
        unsubscribe = client.subscribe(
          { ...operation, variables: variables ?? {} },
          {
            next: (result) => {
              const change = Object.values(result.data ?? {})[0] as { cursor?: unknown } | null | undefined;
              if (resumes && typeof change?.cursor === 'string') ({ cursor } = change as { cursor: string });
              shown = result;
              observer.next(result);
            },
            error: (error) => {
              if (!Array.isArray(error)) return lose(error);
              observer.next({ errors: error as unknown });
              observer.complete();
            },
            complete: () => {
              if (!isStopped) observer.complete();
            },
          },
        );
      }

      void begin();
      return {
        unsubscribe: () => {
          isStopped = true;
          clearTimeout(timer);
          unsubscribe();
        },
      };
    },
  });

  // GraphiQL parses the text a moment after it was written: what was pasted and run at once would come with the document
  // and the operationName of the text before it.
  function chooseOperation({ query, operationName }: Operation): Choice {
    let text = query.replaceAll(/"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, ' ');
    for (let outer = ''; outer !== text;) [outer, text] = [text, text.replaceAll(/\{[^{}]*\}/g, ';')];
    const found = [...text.matchAll(/\b(query|mutation|subscription)\b\s*(\w*)\s*(\([^)]*\))?/g)];
    const chosen = found.find(([, , name]) => name === operationName) ?? found[0];
    const [, type = 'query', name = '', variables = ''] = chosen ?? [];
    return { type, variables, operationName: found.length > 1 ? (operationName ?? null) : name || null };
  }

  return (given, { headers = {} } = {}) => {
    const { type, variables, operationName } = chooseOperation(given);
    const operation = { ...given, operationName };
    if (type !== 'subscription') return post(operation, headers);
    return watch(operation, headers, /\$after\b/.test(variables));
  };
}
