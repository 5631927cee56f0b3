// The process: command line and environment in, exit code out. What runs in it is built in program.ts.
import { inspect } from 'node:util';
import { adoptStore } from './commands/adopt-store.ts';
import { backup } from './commands/backup/backup.ts';
import { restore } from './commands/backup/restore.ts';
import type { Command } from './commands/command.ts';
import { createKey } from './commands/create-key.ts';
import { migrate } from './commands/migrate.ts';
import { move } from './commands/move/move.ts';
import { recount } from './commands/recount.ts';
import { rotateUrlSecret } from './commands/rotate-url-secret.ts';
import { type Config, readConfig } from './config.ts';
import { DomainError, StartupError } from './errors.ts';
import { type Logger, createLogger } from './log.ts';
import { type Role, startProgram } from './program.ts';

const ROLES: readonly Role[] = ['serve', 'api', 'worker'];

/** Each does one thing and ends. To add one: a file in commands/, a line here, and one in docs/operations.md. */
const COMMANDS: Readonly<Record<string, Command>> = {
  migrate,
  recount,
  backup,
  restore,
  move,
  'adopt-store': adoptStore,
  'create-key': createKey,
  'rotate-url-secret': rotateUrlSecret,
};

// Contract: exit within 10 s of SIGTERM, whatever hangs.
/** After a start that failed. */
const EXIT_MS = 1_000;
const STOP_MS = 9_000;

async function main([name = 'serve', ...args]: readonly string[]): Promise<void> {
  const role = ROLES.find((each) => each === name);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (role === undefined && command === undefined) {
    const allowed = [...ROLES, ...Object.keys(COMMANDS)].join(', ');
    throw new StartupError('INVALID_CONFIGURATION', `unknown command ${name}; allowed: ${allowed}`);
  }
  const config = readConfig();
  const log = createLogger(config.logLevel);
  await (role === undefined ? command!({ config, log, args }) : run(role, config, log));
}

async function run(role: Role, config: Config, log: Logger): Promise<void> {
  const signalled = new Promise<null>((resolve) => {
    // `on`, not `once`: npm may pass on a Ctrl-C that the terminal has sent too. A second signal without a listener would
    // end the process and leave its PostgreSQL running.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve(null));
  });
  const program = await startProgram(config, role, log);
  process.stdout.write(`waybill ready ${program.url}\n`);
  const failure = await Promise.race([signalled, program.broken]);
  if (failure === null) log.info('stopping');
  else log.fatal(failure);
  process.exitCode = failure === null ? 0 : 1;
  setTimeout(() => {
    log.error('could not stop in time');
    process.exit(1);
  }, STOP_MS).unref();
  await program.stop();
  process.exit();
}

/** An expected error gets its message only; a stack trace is for defects. A person gets a sentence, a collector JSON. */
function reportFailure(error: unknown): void {
  const isExpected = error instanceof DomainError;
  if (process.stderr.isTTY) {
    const text = isExpected ? error.message : `could not start: ${inspect(error)}`;
    process.stderr.write(`waybill: ${text}\n`);
    return;
  }
  const log = createLogger('fatal');
  if (isExpected) log.fatal({ code: error.code }, error.message);
  else log.fatal({ err: error }, 'could not start');
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
  // What was started has been stopped. A request to a server that does not answer could keep the process for minutes.
  setTimeout(() => process.exit(), EXIT_MS).unref();
}
