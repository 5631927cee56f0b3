// The commands that read: their arguments and options.
import type { Command as Commander } from 'commander';
import type { GetOptions } from '../commands/get.ts';
import type { ListOptions } from '../commands/ls.ts';
import type { ShowOptions } from '../commands/show.ts';
import type { WatchOptions } from '../commands/watch.ts';
import { parseCount } from '../options.ts';
import { JSON_OPTION, type Run, newStateOption } from './shared.ts';

export function addReaders(program: Commander, run: Run): void {
  program
    .command('watch')
    .description(
      'Show changes of these files, or of all files, as they happen. Reconnects automatically; no change is missed.',
    )
    .argument('[id...]', 'file ids')
    .option('--progress', 'show upload progress too')
    .option('--after <cursor>', 'start after this cursor, as printed by --json')
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<WatchOptions, 'ids'>) =>
      run(async () => (await import('../commands/watch.ts')).runWatch, { ...own, ids }),
    );
  program
    .command('ls')
    .description('List files, newest first.')
    .addOption(newStateOption('only files in this state', 'all'))
    .option('-n, --name <text>', 'only files whose name contains this text')
    .option('-l, --limit <n>', 'maximum number of files', parseCount(1_000_000), 50)
    .option('-q, --quiet', 'print ids only')
    .option(...JSON_OPTION)
    .action((own: ListOptions) => run(async () => (await import('../commands/ls.ts')).runList, own));
  program
    .command('show')
    .description('Show a file and its history.')
    .argument('<id>', 'file id')
    .option(...JSON_OPTION)
    .action((id: string, own: Omit<ShowOptions, 'id'>) =>
      run(async () => (await import('../commands/show.ts')).runShow, { ...own, id }),
    );
}

export function addGet(program: Commander, run: Run): void {
  program
    .command('get')
    .description('Download a file, and check its SHA-256. Run the same command again to resume after an interruption.')
    .argument('<id>', 'file id')
    .option('-o, --output <path>', 'where to write; - for standard output (default: the name of the file)')
    .option('-f, --force', 'replace an existing file')
    .action((id: string, own: Omit<GetOptions, 'id'>) =>
      run(async () => (await import('../commands/get.ts')).runGet, { ...own, id }),
    );
}
