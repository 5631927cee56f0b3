// Sends something about a file to the database until it is known what became of it, as long as the lease lasts.
import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionLost, isPassing } from '../../db/pg-errors.ts';
import { CommitOutcomeUnknown } from '../../db/transact.ts';
import type { HeldFile } from './held-file.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** A statement that ran out of time has kept the database busy for seconds: it is not sent for ever. */
const MOST_PASSING = 3;

/** An error that another try now does not cure. */
export class GaveUp {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * Without a connection it tries for as long as the lease lasts; what the database refuses for the moment is tried three
 * times (`isPassing`).
 * @param now milliseconds of a monotonic clock
 * @param send `again`: to be sent once more
 * @returns what `send` returned; `lost` when the lease is over
 */
export async function tryWhileHeld<Known>(
  file: HeldFile,
  now: () => number,
  send: () => Promise<Known | 'again'>,
): Promise<Known | 'lost' | GaveUp> {
  let passing = 0;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    if (file.interruption === 'lost' || file.until <= now()) return 'lost';
    try {
      const known = await send();
      if (known !== 'again') return known;
    } catch (error) {
      const isAway = isConnectionLost(error) || error instanceof CommitOutcomeUnknown;
      if (!isAway) passing += 1;
      if (!isAway && (passing === MOST_PASSING || !isPassing(error))) return new GaveUp(error);
    }
    await sleep(pauseMs);
  }
}
