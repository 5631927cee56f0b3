// The process: command line and environment in, signals heard, exit code out. What runs is built in program.ts.
import { readConfig } from './config.ts';
import { openDatabase } from './db/open-database.ts';
import { DomainError, StartupError } from './errors.ts';
import { type Logger, createLogger } from './log.ts';
import { type Role, startProgram } from './program.ts';

const ROLES = ['serve', 'api', 'worker', 'migrate'] as const;

// Contract: exit within 10 s of SIGTERM, whatever hangs.
const STOP_MS = 9_000;

function readRole(argument: string | undefined): Role | 'migrate' {
  const role = ROLES.find((name) => name === (argument ?? 'serve'));
  if (role !== undefined) return role;
  throw new StartupError('INVALID_CONFIGURATION', `unknown command ${argument}; allowed: ${ROLES.join(', ')}`);
}

async function migrateOnly(log: Logger): Promise<void> {
  const { embedded } = await openDatabase(readConfig(), log);
  await embedded?.stop();
}

async function run(role: Role, log: Logger): Promise<void> {
  const stopped = new Promise<string>((resolve) => {
    // Not `once`: npm passes on the Ctrl-C that the terminal has sent us already, and a second one must not kill us.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
  const program = await startProgram(readConfig(), role, log);
  process.stdout.write(`waybill ready ${program.url}\n`);
  const failure = await Promise.race([stopped.then(() => null), program.broken]);
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

try {
  const role = readRole(process.argv[2]);
  const log = createLogger(readConfig().logLevel);
  await (role === 'migrate' ? migrateOnly(log) : run(role, log));
} catch (error) {
  // What the person at the terminal has to know; a stack trace only where the mistake is ours.
  const log = createLogger('fatal');
  if (error instanceof DomainError) log.fatal({ code: error.code }, error.message);
  else log.fatal({ err: error }, 'could not start');
  process.exitCode = 1;
}
