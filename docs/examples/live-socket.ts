// A graphql-ws client that leaves coming back to its user, and finds out when the other side has gone without a word.
import { type Client, createClient } from 'graphql-ws';

const PING_MS = 10_000;
const PATIENCE_MS = 5_000;

/** `url`: of the server, such as http://127.0.0.1:4000 */
export function createLiveSocket(url: string): Client {
  let overdue: ReturnType<typeof setTimeout> | undefined;
  const answered = (): void => clearTimeout(overdue);
  const expectAnswer = (): void => {
    answered();
    overdue = setTimeout(() => client.terminate(), PATIENCE_MS);
  };
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    // No retries of its own: it would ask again with the cursor it began with, and get everything since a second time.
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      // Not connectionAckWaitTimeout: that one begins when the socket is open, and it may never open.
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
