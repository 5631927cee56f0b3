// The command line (bin/waybill): arguments and environment in, exit code out. Uses the public API only.
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { readEnvironment } from './environment.ts';
import { EXIT, Interrupted, describe, exitCodeOf } from './errors.ts';
import { createScreen } from './output/screen.ts';
import { clean } from './output/text.ts';
import { runProgram } from './program.ts';

const EXIT_TIMEOUT_MS = 5_000;

const interruption = new AbortController();

function interrupt(signal: ConstructorParameters<typeof Interrupted>[0]): void {
  if (interruption.signal.aborted) return;
  const reason = new Interrupted(signal);
  interruption.abort(reason);
  // In case something ignores the signal.
  setTimeout(() => process.exit(reason.exitCode), EXIT_TIMEOUT_MS).unref();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt(signal));
// `waybill ls | head`: the reader has closed the pipe.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => code === 'EPIPE' && interrupt('SIGPIPE'));
process.stderr.on('error', () => undefined);
// The launcher (bin/waybill) has died, if it is a process of its own.
process.once('disconnect', () => interrupt('SIGHUP'));
process.channel?.unref();

const environment = readEnvironment();
const screen = createScreen(process.stdout, process.stderr, environment.isDumb);
const packageFile = new URL('../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string };

try {
  const options = { environment, version, screen, signal: interruption.signal };
  process.exitCode = await runProgram(process.argv.slice(2), options);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    process.exitCode = exitCodeOf(error);
    if (!(error instanceof Interrupted)) screen.note(`waybill: ${clean(describe(error))}`);
  }
}
