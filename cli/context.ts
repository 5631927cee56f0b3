// What every command is given.
import type { Server } from './api/server.ts';
import type { Screen } from './output/screen.ts';

export interface Context {
  readonly server: Server;
  readonly screen: Screen;
  /** Where uploads that are under way are remembered. */
  readonly stateDir: string;
  /** Aborted with an Interrupted when this is to stop. */
  readonly signal: AbortSignal;
}

/** A command returns the exit code; what it throws is described in one line. */
export type Command<Options> = (options: Options, context: Context) => Promise<number>;
