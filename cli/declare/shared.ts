// What the declarations of commands share: how they run, and options that several of them have.
import { Option } from 'commander';
import type { Command } from '../context.ts';
import { collectStates } from '../options.ts';

/** Loads a command only when it runs: tus and WebSockets take most of the start-up time, and `ls` needs neither. */
export type Run = <Options>(load: () => Promise<Command<Options>>, own: Options) => Promise<void>;

export const JSON_OPTION = ['--json', 'print one JSON object per line, for scripts'] as const;

export const newStateOption = (description: string, none: string): Option =>
  new Option('-s, --state <state>', `${description} (repeatable, or comma-separated)`)
    .argParser(collectStates)
    .default([], none);
