// The command line (bin/waybill): arguments and environment in, an exit code out. It knows the public API only.
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { readEnvironment } from './environment.ts';
import { EXIT, Interrupted, describe, exitCodeOf } from './errors.ts';
import { createScreen } from './output/screen.ts';
import { clean } from './output/text.ts';
import { runProgram } from './program.ts';

const PATIENCE_MS = 5_000;

const interruption = new AbortController();

function interrupt(signal: ConstructorParameters<typeof Interrupted>[0]): void {
  if (interruption.signal.aborted) return;
  const reason = new Interrupted(signal);
  interruption.abort(reason);
  // Whatever does not heed it.
  setTimeout(() => process.exit(reason.exitCode), PATIENCE_MS).unref();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt(signal));
// `waybill ls | head`: who reads has had enough.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => code === 'EPIPE' && interrupt('SIGPIPE'));
process.stderr.on('error', () => undefined);
// The launcher has gone, if it was a process of its own (bin/waybill).
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
