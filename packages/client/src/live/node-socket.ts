// What the WebSocket of the package `ws` needs beyond one of a browser.

interface NodeSocket {
  close(code?: number, reason?: string): void;
  readonly on?: (event: 'error', listener: () => void) => void;
  readonly terminate?: () => void;
}

/** What graphql-ws closes with when it is told to terminate. */
const TERMINATED = 4499;

/**
 * Of the package `ws`: a socket that is given up while it connects emits an error that nobody would catch, and one whose
 * other side is gone would wait for it to close, and the program with it.
 */
export function adaptToNode(webSocketImpl: unknown): unknown {
  if (typeof webSocketImpl !== 'function') return webSocketImpl;
  return class extends (webSocketImpl as new (...parameters: unknown[]) => NodeSocket) {
    constructor(...parameters: unknown[]) {
      super(...parameters);
      this.on?.('error', () => undefined);
    }

    override close(code?: number, reason?: string): void {
      super.close(code, reason);
      if (code === TERMINATED) this.terminate?.();
    }
  };
}
