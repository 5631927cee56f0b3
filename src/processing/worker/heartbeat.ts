// Signs of life: extends the leases of all files that a worker has together, and tells their progress on the way. From the
// answers it learns which files were cancelled, and which are somebody else's by now.
import type { AnswerOf } from '../../lifecycle/commands.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import { extension, saysLost } from './commands.ts';
import type { HeldFile } from './held-file.ts';

/**
 * A killed worker's file must be with another one within 15 s: the lease ends 10 s after the last sign of life at the
 * latest, and whoever waits wakes up at that moment.
 */
export const LEASE_MS = 10_000;
/** Three signs may get lost, or the database may be away for 7 s, before a lease is. */
const HEARTBEAT_MS = 2_500;
/** So that clients see progress at most about three times a second, and the row is not written more often. */
const PROGRESS_MS = 300;

export interface HeartbeatOptions {
  readonly lifecycle: Pick<Lifecycle, 'execute'>;
  readonly newId: () => string;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** The files that have a lease now. */
  readonly held: () => Iterable<HeldFile>;
  /** Called with each beat. */
  readonly onBeat?: () => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #timer: NodeJS.Timeout;
  #progressTimer: NodeJS.Timeout | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#progressTimer);
  }

  /** Call when a file has new progress. */
  tell(): void {
    this.#progressTimer ??= setTimeout(() => {
      this.#progressTimer = undefined;
      void this.#extend([...this.#options.held()].filter(({ progress }) => progress !== null));
    }, PROGRESS_MS);
  }

  #beat(): void {
    const { held, now, onBeat } = this.#options;
    const at = now();
    const files = [...held()];
    // After a stop of this process (SIGSTOP, or the machine was suspended) the leases are long over: nothing is sent for them.
    for (const file of files) if (file.until <= at) file.interrupt('lost');
    // It waits for no earlier beat: one file whose row is locked must not cost the others their leases.
    void this.#extend(files.filter(({ interruption }) => interruption !== 'lost'));
    onBeat?.();
  }

  async #extend(files: readonly HeldFile[]): Promise<void> {
    if (files.length === 0) return;
    const { lifecycle, newId, now } = this.#options;
    const sentAt = now();
    const commands = files.map((file) => {
      const { claimed, progress } = file;
      file.progress = null;
      return extension(claimed, newId, LEASE_MS, progress);
    });
    const answers = await lifecycle.execute<'extend'>(commands);
    for (const [at, file] of files.entries()) learn(file, answers[at]!, sentAt);
  }
}

function learn(file: HeldFile, answer: AnswerOf['extend'], sentAt: number): void {
  if (answer.outcome === 'extended') {
    file.until = Math.max(file.until, sentAt + LEASE_MS);
    if (answer.cancelRequested) file.interrupt('cancelled');
  } else if (saysLost(answer)) file.interrupt('lost');
  // What else is refused or failed is sent again with the next beat, while the lease lasts.
}
