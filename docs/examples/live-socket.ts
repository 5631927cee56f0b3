// A graphql-ws client that leaves coming back to its user, and finds out when the other side has gone without a word.
import { type Client, createClient } from 'graphql-ws';

const PING_MS = 10_000;
const PATIENCE_MS = 5_000;

/** `url`: of the server, such as http://127.0.0.1:4000 */
export function createLiveSocket(url: string): Client {
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    // No retries of its own: it would ask again with the cursor it began with, and get everything since a second time.
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => client.terminate(), PATIENCE_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(unanswered);
      },
      closed: () => clearTimeout(unanswered),
    },
  });
  return client;
}
