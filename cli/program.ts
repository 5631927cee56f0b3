// The program: global options, help, and running the command that was asked for. declare/ has the commands.
import { Command as Commander } from 'commander';
import { openServer } from './api/server.ts';
import type { Context } from './context.ts';
import { addEvents, addRemove } from './declare/changers.ts';
import { addDocuments } from './declare/documents.ts';
import { addProcessing, addSearch } from './declare/processing.ts';
import { addGet, addReaders } from './declare/readers.ts';
import type { Run } from './declare/shared.ts';
import { addUpload } from './declare/upload.ts';
import { addWebhooks } from './declare/webhooks.ts';
import type { Environment } from './environment.ts';
import { type Screen, paint } from './output/screen.ts';

export interface ProgramOptions {
  readonly environment: Environment;
  readonly version: string;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

const DEFAULT_URL = 'http://127.0.0.1:4000';
const EXAMPLES = `
Examples:
  waybill upload holiday/ --wait         upload a folder; run it again to resume
  waybill ls --state failed,uploading    files that are not done
  waybill watch                          show changes as they happen
  waybill ls -q --state failed | xargs waybill retry
  pg_dump db | waybill upload - --name db.sql

Exit codes: 0 success, 1 something failed, 2 invalid arguments, 130 interrupted by Ctrl-C.`;

interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
}

/** Runs the command that the arguments name. @returns the exit code @throws CommanderError for invalid arguments, and for --help */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<number> {
  let exitCode = 0;
  const program = createRoot(options);
  const run: Run = async (load, own) => {
    const command = await load();
    exitCode = await command(own, toContext(program.opts<GlobalOptions>(), options));
  };
  addUpload(program, run);
  addReaders(program, run);
  addGet(program, run);
  addSearch(program, run);
  addEvents(program, run);
  addProcessing(program, run);
  addRemove(program, run);
  addWebhooks(program, run);
  addDocuments(program, run);
  await program.parseAsync(args, { from: 'user' });
  return exitCode;
}

function toContext({ url, token }: GlobalOptions, { environment, screen, signal }: ProgramOptions): Context {
  const server = openServer(url ?? environment.url ?? DEFAULT_URL, token ?? environment.token);
  return { server, screen, stateDir: environment.stateDir, signal };
}

function createRoot({ version, screen }: ProgramOptions): Commander {
  const { format } = screen;
  return new Commander('waybill')
    .description('Upload files to a Waybill server and follow what happens to them.')
    .version(version, '-V, --version', 'show the version')
    .option('--url <url>', `the server (default: $WAYBILL_URL, or ${DEFAULT_URL})`)
    .option('--token <token>', 'access token (default: $WAYBILL_TOKEN, which process listings do not show)')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => paint(format, 'bold', title) })
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(Run waybill --help for usage.)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'waybill: ')) })
    .exitOverride();
}
