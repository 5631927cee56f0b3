// Cuts off clients that stop reading (WAYBILL_SLOW_CLIENT_TIMEOUT), over HTTP and WebSocket alike. What they do not take
// stays in this process, together with the subscription or the byte store's stream behind it.
import type { Socket } from 'node:net';

interface Watched {
  onStalled: () => void;
  /** Bytes that the kernel had taken at the last look. */
  taken: number;
  /** Since when it has taken nothing of what waits; null when nothing waited. */
  since: number | null;
}

const LOOKS = 4;
const MAX_INTERVAL_MS = 2_000;

/** One timer for all connections: a timer for each would cost more than reading two fields of each. */
export class SlowReaders {
  /** How long a client may take nothing of what waits for it, milliseconds. */
  readonly timeoutMs: number;
  readonly #watched = new Map<Socket, Watched>();
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    const intervalMs = Math.min(timeoutMs / LOOKS, MAX_INTERVAL_MS);
    this.#timer = setInterval(() => this.#look(performance.now()), intervalMs).unref();
  }

  /** Until the socket closes. Watching a socket again replaces what happens when its client stalls. */
  watch(socket: Socket, onStalled: () => void = () => socket.destroy()): void {
    if (!this.#watched.has(socket)) socket.once('close', () => this.#watched.delete(socket));
    this.#watched.set(socket, { onStalled, taken: 0, since: null });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(now: number): void {
    for (const [socket, watched] of this.#watched) {
      if (socket.writableLength === 0) {
        watched.since = null;
        continue;
      }
      const taken = socket.bytesWritten - socket.writableLength;
      if (watched.since === null || taken !== watched.taken) Object.assign(watched, { taken, since: now });
      else if (now - watched.since >= this.timeoutMs) {
        this.#watched.delete(socket);
        watched.onStalled();
      }
    }
  }
}
