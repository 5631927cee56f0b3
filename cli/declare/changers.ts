// The commands that change files: their arguments and options.
import type { Command as Commander } from 'commander';
import type { RemoveOptions } from '../commands/rm.ts';
import type { TransitionOptions } from '../commands/transition.ts';
import type { Command } from '../context.ts';
import { JSON_OPTION, type Run, newStateOption } from './shared.ts';

interface FailOptions {
  readonly message: string;
  readonly code: string;
  readonly permanent?: boolean;
  readonly upload?: boolean;
  readonly json?: boolean;
}

/** Each sends one event of the lifecycle. */
const EVENTS = [
  ['retry', 'RETRY', 'Let failed files be uploaded again. `waybill upload` of the same file does this automatically.'],
  ['complete', 'COMPLETE_PROCESSING', 'Mark files as processed: PROCESSING files become INDEXED.'],
  ['reset', 'RESET', 'Start over with indexed files: INDEXED files become UNTRACKED, and their bytes are deleted.'],
] as const;

export function addEvents(program: Commander, run: Run): void {
  const loadTransition = async (): Promise<Command<TransitionOptions>> =>
    (await import('../commands/transition.ts')).runTransition;
  for (const [name, event, description] of EVENTS) {
    program
      .command(name)
      .description(description)
      .argument('<id...>', 'file ids')
      .option(...JSON_OPTION)
      .action((ids: string[], { json }: { json?: boolean }) =>
        run(loadTransition, { ids, event, ...(json !== undefined && { json }) }),
      );
  }
  program
    .command('fail')
    .description('Mark files as failed: PROCESSING files become FAILED; UPLOADING files too, with --upload.')
    .argument('<id...>', 'file ids')
    .requiredOption('-m, --message <text>', 'what happened, for people')
    .option('--code <code>', 'the kind of failure, for programs', 'FAILED_BY_HAND')
    .option('--permanent', 'a retry cannot help')
    .option('--upload', 'send FAIL_UPLOAD instead of FAIL_PROCESSING')
    .option(...JSON_OPTION)
    .action((ids: string[], { message, code, permanent, upload, json }: FailOptions) => {
      const failure = { code, message, retryable: permanent !== true };
      const event = upload === true ? 'FAIL_UPLOAD' : 'FAIL_PROCESSING';
      return run(loadTransition, { ids, event, failure, ...(json !== undefined && { json }) });
    });
}

export function addRemove(program: Commander, run: Run): void {
  program
    .command('rm')
    .description('Delete files and their bytes: by id in any state, or all files in a state.')
    .argument('[id...]', 'file ids')
    .addOption(newStateOption('delete all files in this state', 'none'))
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<RemoveOptions, 'ids'>) =>
      run(async () => (await import('../commands/rm.ts')).runRemove, { ...own, ids }),
    );
}
