// As root: checks that the unprivileged user who runs the server can reach its files. This happens before anything is
// created, because PostgreSQL's own "Permission denied" names neither the blocking directory nor the user.
import { dirname } from 'node:path';
import { StartupError } from '../../errors.ts';
import { run } from './run.ts';
import type { ServerUser } from './server-user.ts';

// Asks the kernel, as that user, because mode bits do not show ACLs. Prints the first directory that the user cannot
// enter. A directory that does not exist is no obstacle: it is created so that the user can enter it.
const PROBE = 'for dir do [ ! -e "$dir" ] || cd "$dir" 2>/dev/null || { printf %s "$dir"; exit 1; }; done';

export async function assertReachable(user: ServerUser, dataDir: string, binaryDir: string): Promise<void> {
  await assertEnterable(user, dataDir, 'set WAYBILL_DATA_DIR to a directory this user can reach');
  await assertEnterable(user, binaryDir, 'move the checkout to a directory this user can reach');
}

async function assertEnterable(user: ServerUser, path: string, wayOut: string): Promise<void> {
  const { code, output: blocking } = await run(user, '/bin/sh', ['-c', PROBE, 'sh', ...fromRootTo(path)]);
  if (code !== 1) return;
  throw new StartupError(
    'DATA_DIR_UNREACHABLE',
    `PostgreSQL refuses to run as root, so the user ${user.name} is to run it, but cannot enter ${blocking}, ` +
      `which leads to ${path}. Either ${wayOut}, run chmod o+x ${blocking}, run Waybill as a non-root user, ` +
      'or set DATABASE_URL to use a server of your own.',
  );
}

function fromRootTo(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...fromRootTo(parent), path];
}
