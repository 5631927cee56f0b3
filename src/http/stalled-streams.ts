// Finds answers whose reader has gone deaf: what was written stays here, and with it the subscription or the byte store's
// stream behind it. They are cut; there is no close code to send. For WebSockets see socket-connection.ts.
import type { ServerResponse } from 'node:http';

export interface StreamWatch {
  stop(): void;
}

/** Cuts streams that have taken nothing for so long. `now`: milliseconds on a clock that only goes forward. */
export function watchStreams(streams: ReadonlySet<ServerResponse>, now: () => number, stalledMs: number): StreamWatch {
  const waitingSince = new WeakMap<ServerResponse, number>();
  const timer = setInterval(
    () => {
      for (const stream of streams) {
        const since = waitingSince.get(stream);
        if (!stream.writableNeedDrain) waitingSince.delete(stream);
        else if (since === undefined) {
          waitingSince.set(stream, now());
          stream.once('drain', () => waitingSince.delete(stream));
        } else if (now() - since >= stalledMs) stream.destroy();
      }
    },
    Math.min(stalledMs, 2_000),
  );
  return { stop: () => clearInterval(timer) };
}
