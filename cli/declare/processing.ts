// The commands about the processing of files, and about what it has found: their arguments and options.
import type { Command as Commander } from 'commander';
import type { CancelOptions } from '../commands/cancel.ts';
import type { ReprocessOptions } from '../commands/reprocess.ts';
import type { SearchOptions } from '../commands/search.ts';
import type { WaitOptions } from '../commands/wait.ts';
import { collectTexts, parseCount, parseDuration } from '../options.ts';
import { JSON_OPTION, type Run } from './shared.ts';

const NAME = ['-n, --name <text>', 'only files whose name contains this text'] as const;
const TYPE = ['--type <type>', 'only files of this media type, such as application/pdf (repeatable)'] as const;

export function addProcessing(program: Commander, run: Run): void {
  program
    .command('wait')
    .description('Wait until files are INDEXED. Exits with 1 and the reasons if one FAILED or was deleted.')
    .argument('<id...>', 'file ids')
    .option('-t, --timeout <time>', 'give up after this time, such as 10m (default: never)', parseDuration)
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<WaitOptions, 'ids'>) =>
      run(async () => (await import('../commands/wait.ts')).runWait, { ...own, ids }),
    );
  program
    .command('cancel')
    .description('Stop the processing of files: they become FAILED, at once or when their worker has stopped.')
    .argument('<id...>', 'file ids')
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<CancelOptions, 'ids'>) =>
      run(async () => (await import('../commands/cancel.ts')).runCancel, { ...own, ids }),
    );
  program
    .command('reprocess')
    .description('Process INDEXED files again, from the bytes on the server: by id, or all that match.')
    .argument('[id...]', 'file ids')
    .option('--all', 'all files that match the other options')
    .option('--processor <name>', 'only files that this processor has not processed')
    .option('--version-not <version>', 'with --processor: also files that another version of it has processed')
    .option(...NAME)
    .option(...TYPE, collectTexts, [])
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<ReprocessOptions, 'ids'>) =>
      run(async () => (await import('../commands/reprocess.ts')).runReprocess, { ...own, ids }),
    );
}

export function addSearch(program: Commander, run: Run): void {
  program
    .command('search')
    .description('Find INDEXED files by what is in them, best first. As on the web: "a phrase", or, -without.')
    .argument('<words...>', 'what to look for')
    .option(...NAME)
    .option(...TYPE, collectTexts, [])
    .option('-l, --limit <n>', 'maximum number of files', parseCount(10_000), 20)
    .option('-q, --quiet', 'print ids only')
    .option(...JSON_OPTION)
    .action((words: string[], own: Omit<SearchOptions, 'words'>) =>
      run(async () => (await import('../commands/search.ts')).runSearch, { ...own, words }),
    );
}
