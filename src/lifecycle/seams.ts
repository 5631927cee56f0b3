// Named points at which a test may make the program fail, crash or wait: each is a window where a crash or a race could
// do harm. Inert in production: the default does nothing.

export type SeamName = 'before_lock' | 'after_decide' | 'before_commit' | 'after_commit';

/** Called when execution reaches the seam; what it throws is thrown there. */
export type Seams = (name: SeamName) => void | Promise<void>;

export const inertSeams: Seams = () => undefined;

/** The process dies as by `kill -9`, the first time the seam of this name is reached; null: never. */
export const crashAt =
  (crashPoint: string | null) =>
  (name: string): void => {
    if (name === crashPoint) process.kill(process.pid, 'SIGKILL');
  };
