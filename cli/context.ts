// What every command receives.
import type { Server } from './api/server.ts';
import type { Screen } from './output/screen.ts';

export interface Context {
  readonly server: Server;
  readonly screen: Screen;
  /** Directory that remembers uploads in progress. */
  readonly stateDir: string;
  /** Aborted with an Interrupted error when the command must stop. */
  readonly signal: AbortSignal;
}

/** Returns the exit code. A thrown error is printed as one line. */
export type Command<Options> = (options: Options, context: Context) => Promise<number>;
