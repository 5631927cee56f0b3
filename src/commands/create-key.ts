// `create-key --role ROLE --tenant TENANT [--name NAME]`: makes an API key and prints it, once, on standard output. So the
// first admin key is made on the machine itself, where whoever can run this owns the database anyway.
import { parseArgs } from 'node:util';
import { startKeys } from '../auth/auth.ts';
import { nameFault } from '../auth/names.ts';
import type { Role } from '../config-auth.ts';
import { ROLES, parseRoles } from '../config-auth.ts';
import { StartupError } from '../errors.ts';
import type { CommandContext } from './command.ts';
import { withPool } from './with-pool.ts';

interface Wanted {
  readonly roles: readonly Role[];
  readonly tenant: string;
  readonly name: string;
}

const USAGE = 'create-key --role ROLE --tenant TENANT [--name NAME]';

export async function createKey(context: CommandContext): Promise<void> {
  const input = { ...parse(context.args), expiresAt: null, createdBy: 'system:create-key' };
  const created = await withPool(context, (pool) => startKeys(pool, context.log).create(input));
  // Without a limit of keys it always is one.
  process.stdout.write(`${created!.secret}\n`);
}

function parse(args: readonly string[]): Wanted {
  const { role, tenant, name = 'create-key' } = read(args);
  const roles = parseRoles(role ?? '');
  if (roles === null) throw refuse(`--role holds ${JSON.stringify(role ?? '')}; allowed: ${ROLES.join(', ')}`);
  for (const [option, value] of [
    ['--tenant', tenant ?? ''],
    ['--name', name],
  ] as const) {
    const fault = nameFault(value);
    if (fault !== null) throw refuse(`${option} ${fault}`);
  }
  return { roles, tenant: tenant!, name };
}

function read(args: readonly string[]): { role?: string; tenant?: string; name?: string } {
  const option = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { role: option, tenant: option, name: option } }).values;
  } catch (error) {
    throw refuse((error as Error).message);
  }
}

const refuse = (reason: string): StartupError =>
  new StartupError('INVALID_CONFIGURATION', `${reason}. Usage: ${USAGE}`);
