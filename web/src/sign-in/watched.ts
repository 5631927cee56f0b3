// Notices when the server refuses a token: in the answer to a request, which is then sent again with another token, and when it
// closes a WebSocket.
import type { Credentials } from './credentials.ts';

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const BEARER = /^Bearer /i;

/** 401 says that nothing was done. */
export function watchedFetch(credentials: Credentials): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const used = new Headers(init.headers).get('authorization');
    if (response.status !== 401 || used === null) return response;
    credentials.refuse(used.replace(BEARER, ''));
    const token = await unlessAborted(credentials.token(), init.signal);
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return await fetch(url, { ...init, headers });
  };
}

/** @throws the reason of the signal */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal | null | undefined): Promise<Value> {
  if (signal == null) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Close code of the server when the right of a connection is refused or has ended (docs/auth.md). */
const FORBIDDEN = 4403;

export function watchedWebSocket(credentials: Credentials): typeof WebSocket {
  return class extends WebSocket {
    /** The token that was sent last. */
    #token = '';

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      // Before the listener of the client, which connects again.
      this.addEventListener('close', ({ code }) => {
        if (code === FORBIDDEN) credentials.refuse(this.#token);
      });
    }

    override send(data: Parameters<WebSocket['send']>[0]): void {
      this.#token = tokenIn(data) ?? this.#token;
      super.send(data);
    }
  };
}

/** A token is sent with `connection_init`, and a fresh one with `ping` (docs/frontend.md). */
function tokenIn(data: unknown): string | null {
  if (typeof data !== 'string' || !/^\{"type":"(?:connection_init|ping)"/.test(data)) return null;
  const { payload } = JSON.parse(data) as { payload?: { authorization?: unknown } };
  return typeof payload?.authorization === 'string' ? payload.authorization.replace(BEARER, '') : null;
}
