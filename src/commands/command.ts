// What a subcommand of src/main.ts is: it does one thing and ends.
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';

export interface CommandContext {
  readonly config: Config;
  readonly log: Logger;
  /** What follows the name of the command. */
  readonly args: readonly string[];
}

/** @throws DomainError with a message for the person at the terminal */
export type Command = (context: CommandContext) => Promise<void>;
