// Finds answers whose reader has gone deaf: what was written stays here, and with it the subscription or the byte store's
// stream behind it. They are cut; there is no close code to send. For WebSockets see outbox.ts.
import type { ServerResponse } from 'node:http';

export interface StreamWatch {
  stop(): void;
}

interface Waiting {
  /** Bytes that the kernel has taken. */
  readonly taken: number;
  readonly since: number;
}

/** Cuts streams that have taken nothing for so long. `now`: milliseconds on a clock that only goes forward. */
export function watchStreams(streams: ReadonlySet<ServerResponse>, now: () => number, stalledMs: number): StreamWatch {
  const waiting = new WeakMap<ServerResponse, Waiting>();
  const timer = setInterval(
    () => {
      for (const stream of streams) {
        const { bytesWritten = 0, writableLength = 0 } = stream.socket ?? {};
        const taken = bytesWritten - writableLength;
        const before = waiting.get(stream);
        if (writableLength === 0) waiting.delete(stream);
        else if (before?.taken !== taken) waiting.set(stream, { taken, since: now() });
        else if (now() - before.since >= stalledMs) stream.destroy();
      }
    },
    Math.min(stalledMs, 2_000),
  );
  return { stop: () => clearInterval(timer) };
}
