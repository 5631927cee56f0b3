// Named points at which a test may make the program fail, crash or wait: each is a window where a crash or a race could
// do harm. Inert in production: the default does nothing.

export type FailpointName = 'before_lock' | 'after_decide' | 'before_commit' | 'after_commit';

/** Called when execution reaches the failpoint; what it throws is thrown there. */
export type Failpoints = (name: FailpointName) => void | Promise<void>;

export const noFailpoints: Failpoints = () => undefined;

/** Kills the process as `kill -9` does, the first time the failpoint of this name is reached; null: never. */
export const crashAt =
  (crashPoint: string | null) =>
  (name: string): void => {
    if (name === crashPoint) process.kill(process.pid, 'SIGKILL');
  };
