// A graphql-ws client that brings a fresh token to its live socket before the old one expires, so that its subscriptions go
// on where they are.
import { type Client, createClient } from 'graphql-ws';

export interface Token {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * @param url of the server, such as http://127.0.0.1:4000
 * @param getToken gives a token that is valid for a while, such as getAccessToken of your provider's library
 * @param aheadMs how long before the expiry to bring the next one
 */
export function createSignedInSocket(url: string, getToken: () => Promise<Token>, aheadMs = 60_000): Client {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let current: Token;
  const authorization = async (): Promise<{ authorization: string }> => {
    current = await getToken();
    return { authorization: `Bearer ${current.text}` };
  };
  async function renew(socket: WebSocket): Promise<void> {
    const payload = await authorization();
    if (socket.readyState !== socket.OPEN) return;
    // A second connection_init is not allowed; a ping may carry what it likes.
    socket.send(JSON.stringify({ type: 'ping', payload }));
    renewInTime(socket);
  }
  function renewInTime(socket: WebSocket): void {
    const inMs = Math.max(1_000, current.expiresAt - Date.now() - aheadMs);
    // Without a token the server closes the socket in the end, which says why.
    timer = setTimeout(() => void renew(socket).catch(() => undefined), inMs);
  }
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    retryAttempts: 0,
    connectionParams: authorization,
    on: {
      connected: (socket) => renewInTime(socket as WebSocket),
      closed: () => clearTimeout(timer),
    },
  });
}
