// Chooses the user that runs the server. PostgreSQL refuses to run as root, and its files must belong to its user.
import { readFile, stat } from 'node:fs/promises';
import { StartupError } from '../../errors.ts';

export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** Undefined: the user of this process. */
export async function chooseServerUser(cluster: string): Promise<ServerUser | undefined> {
  const owner = await stat(cluster).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const users = await readUsers();
  const nameOf = (uid: number) => users.find((user) => user.uid === uid)?.name ?? `uid ${uid}`;
  const self = process.getuid?.();

  if (self !== 0) {
    if (owner !== undefined && owner.uid !== self) throw foreign(cluster, nameOf(owner.uid));
    return undefined;
  }
  if (owner !== undefined && owner.uid !== 0) return { name: nameOf(owner.uid), uid: owner.uid, gid: owner.gid };
  const user = users.find(({ name }) => name === 'postgres') ?? users.find(({ name }) => name === 'nobody');
  if (user === undefined) throw noUser();
  return user;
}

async function readUsers(): Promise<ServerUser[]> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

function foreign(cluster: string, owner: string): StartupError {
  return new StartupError(
    'DATA_DIR_UNREACHABLE',
    `The database in ${cluster} belongs to ${owner}, and PostgreSQL runs only as the owner of its files. ` +
      'Run Waybill as that user or as root, give the data directory to this user (chown -R), ' +
      'set WAYBILL_DATA_DIR to another directory, or set DATABASE_URL.',
  );
}

function noUser(): StartupError {
  return new StartupError(
    'EMBEDDED_POSTGRES_UNAVAILABLE',
    'PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user nobody to run it as. ' +
      'Run Waybill as a non-root user, or set DATABASE_URL to use a server of your own.',
  );
}
