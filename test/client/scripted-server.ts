// A server that speaks GraphQL over HTTP and WebSocket with the schema of Waybill and answers what a test tells it, for what
// a real one says only after a disaster.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphQLError, buildSchema, execute, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

export interface Script {
  /** The answer to each query. */
  readonly query: (variables: Record<string, unknown>) => Record<string, unknown>;
  /** The changes after a cursor; what is thrown ends the stream as an error. */
  readonly fileChanges: (after: string) => AsyncGenerator<Record<string, unknown>>;
}

export interface ScriptedServer {
  readonly url: string;
  close(): Promise<void>;
}

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

export const refusal = (code: string, extensions: Record<string, unknown> = {}): GraphQLError =>
  new GraphQLError(`It is ${code}.`, { extensions: { code, ...extensions } });

export async function startScriptedServer({ query, fileChanges }: Script): Promise<ScriptedServer> {
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        query: string;
        variables: Record<string, unknown>;
      };
      const { variables } = body;
      const result = execute({
        schema,
        document: parse(body.query),
        variableValues: variables,
        rootValue: query(variables),
      });
      Promise.resolve(result).then((answer) => response.end(JSON.stringify(answer)), console.error);
    });
  });
  const sockets = new WebSocketServer({ server: http, path: '/graphql' });
  const subscribe = async ({
    document,
    variableValues,
  }: {
    document: Parameters<typeof execute>[0]['document'];
    variableValues?: Record<string, unknown> | null;
  }): Promise<unknown> => {
    const changes = fileChanges(String(variableValues?.['after']));
    try {
      const first = await changes.next();
      return each(first, changes, (change) =>
        execute({ schema, document, variableValues: variableValues ?? {}, rootValue: { fileChanges: change } }),
      );
    } catch (error) {
      return { errors: [error] };
    }
  };
  const onSubscribe = (
    _context: unknown,
    _id: string,
    { query: text, variables: variableValues = {} }: { query: string; variables?: Record<string, unknown> | null },
  ): unknown => ({ schema, document: parse(text), variableValues });
  // Not by `schema`: graphql-ws may have loaded another copy of graphql than a test has.
  useServer({ onSubscribe: onSubscribe as never, subscribe: subscribe as never }, sockets);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** The results of the changes; an error ends the stream as a result with errors, as Waybill ends it. */
async function* each(
  first: IteratorResult<Record<string, unknown>>,
  rest: AsyncGenerator<Record<string, unknown>>,
  run: (change: Record<string, unknown>) => unknown,
): AsyncGenerator {
  if (first.done === true) return;
  yield await run(first.value);
  try {
    for await (const change of rest) yield await run(change);
  } catch (error) {
    yield { errors: [error] };
  }
}
