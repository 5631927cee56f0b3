// `rotate-url-secret [--now]`: signs URLs with a new secret. Those of the last secret work until they expire, or end at once
// with --now: for a secret that somebody may have seen.
import { parseArgs } from 'node:util';
import { rotateSigningSecret } from '../auth/urls/signing-secrets.ts';
import { StartupError } from '../errors.ts';
import type { CommandContext } from './command.ts';
import { withPool } from './with-pool.ts';

export async function rotateUrlSecret(context: CommandContext): Promise<void> {
  const isNow = parse(context.args);
  await withPool(context, (pool) => rotateSigningSecret(pool, !isNow));
  const others = isNow ? 'no longer work' : 'work until they expire';
  process.stdout.write(`URLs are signed with a new secret; those from before ${others}.\n`);
}

function parse(args: readonly string[]): boolean {
  try {
    return parseArgs({ args: [...args], options: { now: { type: 'boolean' } } }).values.now === true;
  } catch (error) {
    const message = `${(error as Error).message}. Usage: rotate-url-secret [--now]`;
    throw new StartupError('INVALID_CONFIGURATION', message);
  }
}
