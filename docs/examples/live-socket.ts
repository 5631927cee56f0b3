// A graphql-ws client that leaves reconnecting to its user, and detects a connection that has silently died.
import { type Client, createClient } from 'graphql-ws';

const PING_MS = 10_000;
const PATIENCE_MS = 5_000;

/** @param url of the server, such as http://127.0.0.1:4000 */
export function createLiveSocket(url: string): Client {
  let overdue: ReturnType<typeof setTimeout> | undefined;
  const answered = (): void => clearTimeout(overdue);
  const expectAnswer = (): void => {
    answered();
    overdue = setTimeout(() => client.terminate(), PATIENCE_MS);
  };
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    // No retries by graphql-ws: it would send the original cursor again and receive every change since a second time.
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      // Not connectionAckWaitTimeout: it starts when the socket is open, and the socket may never open.
      connecting: expectAnswer,
      connected: answered,
      ping: (received) => {
        if (!received) expectAnswer();
      },
      pong: (received) => {
        if (received) answered();
      },
      closed: answered,
    },
  });
  return client;
}
