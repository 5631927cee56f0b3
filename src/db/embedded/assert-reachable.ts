// As root: can the unprivileged user who is to run the server get to its files? Found out before anything is created,
// because PostgreSQL's own "Permission denied" names neither the directory in the way nor the user.
import { dirname } from 'node:path';
import { StartupError } from '../../errors.ts';
import { run } from './run.ts';
import type { ServerUser } from './server-user.ts';

// The kernel is asked, as that user, instead of reading mode bits, which know nothing of ACLs and the like. Prints the
// first directory that cannot be entered; one that does not exist is not in the way, since we create it passable.
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
