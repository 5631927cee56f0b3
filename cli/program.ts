// The commands and their options, as --help shows them.
import { Command as Commander, Option } from 'commander';
import { parseServerUrl } from './api/server.ts';
import type { ListOptions } from './commands/ls.ts';
import type { RemoveOptions } from './commands/rm.ts';
import type { RetryOptions } from './commands/retry.ts';
import type { ShowOptions } from './commands/show.ts';
import type { UploadOptions } from './commands/upload.ts';
import type { WatchOptions } from './commands/watch.ts';
import type { Command, Context } from './context.ts';
import type { Environment } from './environment.ts';
import { collectPairs, collectStates, parseCount, parseSize } from './options.ts';
import { type Screen, paint } from './output/screen.ts';

export interface ProgramOptions {
  readonly environment: Environment;
  readonly version: string;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

const DEFAULT_URL = 'http://127.0.0.1:4000';
const JSON_OPTION = ['--json', 'one JSON object a line, for scripts'] as const;

const CHUNK_SIZE = new Option('--chunk-size <size>', 'most bytes of one request, such as 8MiB')
  .argParser(parseSize)
  .default(64 * 1_024 ** 2, '64MiB');
const STATE = new Option('-s, --state <state>', 'only those in this state; may be repeated')
  .argParser(collectStates)
  .default([], 'all');
const METADATA = new Option('-m, --metadata <key=value>', 'kept with each file; may be repeated')
  .argParser(collectPairs)
  .default({}, 'none');

const EXAMPLES = `
Examples:
  waybill upload holiday/ --wait         a folder; the same again goes on where it was stopped
  waybill ls --state failed,uploading    what is not done
  waybill watch                          what happens, as it happens
  waybill ls -q --state failed | xargs waybill retry

The exit code is 0 if all went well, 1 if something failed, 2 if the command was not understood, 130 after Ctrl-C.`;

interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
}

/** Runs what the arguments ask for. @returns the exit code @throws CommanderError for what they should not ask for */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<number> {
  let exitCode = 0;
  const program = createRoot(options);
  const run: Run = async (load, own) => {
    const command = await load();
    exitCode = await command(own, toContext(program.opts<GlobalOptions>(), options));
  };
  addUpload(program, run);
  addReaders(program, run);
  addChangers(program, run);
  await program.parseAsync(args, { from: 'user' });
  return exitCode;
}

/** Each command is loaded when it is asked for: tus and WebSockets are most of what there is to load, and `ls` needs neither. */
type Run = <Options>(load: () => Promise<Command<Options>>, own: Options) => Promise<void>;

function toContext({ url, token }: GlobalOptions, { environment, screen, signal }: ProgramOptions): Context {
  const server = {
    url: parseServerUrl(url ?? environment.url ?? DEFAULT_URL),
    token: token ?? environment.token,
  };
  return { server, screen, stateDir: environment.stateDir, signal };
}

function createRoot({ version, screen }: ProgramOptions): Commander {
  const { paper } = screen;
  return new Commander('waybill')
    .description('Uploads files to a Waybill server, and shows what becomes of them.')
    .version(version, '-V, --version', 'show the version')
    .option('--url <url>', `the server (or $WAYBILL_URL; otherwise ${DEFAULT_URL})`)
    .option('--token <token>', 'who you are to it (or $WAYBILL_TOKEN, which no list of processes shows)')
    .helpOption('-h, --help', 'show this')
    .helpCommand('help [command]', 'show what a command does, and its options')
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => paint(paper, 'bold', title) })
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(waybill --help says what there is.)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'waybill: ')) })
    .exitOverride();
}

function addUpload(program: Commander, run: Run): void {
  program
    .command('upload')
    .description(
      'Upload files, and folders with all that is in them. Stopped, killed or cut off: the same again goes on.',
    )
    .argument('<path...>', 'files and folders')
    .option('-p, --parallel <n>', 'so many files at once', parseCount(64), 4)
    .option('-w, --wait', 'until each file is INDEXED or FAILED')
    .addOption(CHUNK_SIZE)
    .option('--checksum', 'read each file first and declare its SHA-256: the server takes nothing else for it')
    .option('--content-type <type>', 'of all files (otherwise by the ending of the name)')
    .addOption(METADATA)
    .option(...JSON_OPTION)
    .action((paths: string[], own: Omit<UploadOptions, 'paths'>) =>
      run(async () => (await import('./commands/upload.ts')).runUpload, { ...own, paths }),
    );
}

function addReaders(program: Commander, run: Run): void {
  program
    .command('watch')
    .description(
      'Show changes as they happen, of these files or of all. A lost connection is come back from; nothing is missed.',
    )
    .argument('[id...]', 'files')
    .option('--progress', 'uploads under way too')
    .option('--after <cursor>', 'go on after this change (a cursor of --json)')
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<WatchOptions, 'ids'>) =>
      run(async () => (await import('./commands/watch.ts')).runWatch, { ...own, ids }),
    );
  program
    .command('ls')
    .description('List files, the newest first.')
    .addOption(STATE)
    .option('-n, --name <text>', 'only those with this in their name')
    .option('-l, --limit <n>', 'so many at most', parseCount(1_000_000), 50)
    .option('-q, --quiet', 'ids only')
    .option(...JSON_OPTION)
    .action((own: ListOptions) => run(async () => (await import('./commands/ls.ts')).runList, own));
  program
    .command('show')
    .description('Show a file and its history.')
    .argument('<id>', 'a file')
    .option(...JSON_OPTION)
    .action((id: string, own: Omit<ShowOptions, 'id'>) =>
      run(async () => (await import('./commands/show.ts')).runShow, { ...own, id }),
    );
}

function addChangers(program: Commander, run: Run): void {
  program
    .command('retry')
    .description('Let failed files be uploaded again. `waybill upload` of the same file does it by itself.')
    .argument('<id...>', 'files')
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<RetryOptions, 'ids'>) =>
      run(async () => (await import('./commands/retry.ts')).runRetry, { ...own, ids }),
    );
  program
    .command('rm')
    .description('Delete files, whatever their state, with their bytes.')
    .argument('<id...>', 'files')
    .option(...JSON_OPTION)
    .action((ids: string[], own: Omit<RemoveOptions, 'ids'>) =>
      run(async () => (await import('./commands/rm.ts')).runRemove, { ...own, ids }),
    );
}
