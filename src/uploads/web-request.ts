// @tus/server speaks the fetch API's Request and Response. A request goes in without its body, which is read from the
// socket itself (request-body.ts).
import type { IncomingMessage, ServerResponse } from 'node:http';

export function toWebRequest({ method = 'GET', url = '/', headers }: IncomingMessage): Request {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  // Only the path is looked at; URLs that clients are given are made elsewhere.
  return new Request(new URL(url, 'http://localhost'), { method, headers: entries });
}

export async function sendWebResponse(response: ServerResponse, answer: Response): Promise<void> {
  const body = await answer.text();
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
}
