// One program at a time holds a data directory. The lock is a file that names its holder, so that a refusal can say who it
// is, and so that the lock of a killed program can be taken over.
//
// Taking over is where it could go wrong: two programs see the same stale lock, the slower one removes the fresh lock of
// the faster one, and both continue. So a program first creates a claim, a file of its own beside the lock, and removes a
// stale lock only if it sees no other claim. Of two programs, at least one sees the other, steps back and tries again. The
// claim is also the file that is linked into place, so no one sees a partly written lock.
import { randomBytes, randomInt } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../errors.ts';
import { readStartTime } from './processes.ts';

const MAX_ATTEMPTS = 50;

/** Returns a function that releases the lock. Throws StartupError DATA_DIR_IN_USE. */
export async function lockDataDir(lock: string): Promise<() => Promise<void>> {
  const self = `${process.pid}-${await readStartTime(process.pid)}`;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    if (await tryLock(lock, self)) return () => rm(lock, { force: true });
    await delay(randomInt(5, 50));
  }
  throw inUse(lock, 'several programs that are starting at this moment');
}

/** False: another program is trying to get the lock too. */
async function tryLock(lock: string, self: string): Promise<boolean> {
  const claim = `${lock}.${self}-${randomBytes(4).toString('hex')}`;
  await writeFile(claim, self, { flag: 'wx' });
  try {
    if (await linkIfAbsent(claim, lock)) return true;
    if (await hasRival(lock, claim)) return false;
    await removeIfStale(lock);
    return await linkIfAbsent(claim, lock);
  } finally {
    await rm(claim);
  }
}

async function linkIfAbsent(claim: string, lock: string): Promise<boolean> {
  try {
    await link(claim, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Also removes the claims of dead programs, whose names are never used again. */
async function hasRival(lock: string, claim: string): Promise<boolean> {
  const prefix = `${basename(lock)}.`;
  for (const name of await readdir(dirname(lock))) {
    if (!name.startsWith(prefix) || name === basename(claim)) continue;
    if ((await findLivePid(name.slice(prefix.length))) !== undefined) return true;
    await rm(join(dirname(lock), name), { force: true });
  }
  return false;
}

async function removeIfStale(lock: string): Promise<void> {
  const holder = await readFile(lock, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (holder === undefined) return;
  const pid = await findLivePid(holder);
  if (pid !== undefined) throw inUse(lock, `the program with pid ${pid}`);
  await rm(lock, { force: true });
}

/** `holder` begins `<pid>-<start time>`. Anything else (a file torn by a power cut) names no live process. */
async function findLivePid(holder: string): Promise<number | undefined> {
  const [, pid, startTime] = /^(\d+)-(\w+)/.exec(holder) ?? [];
  if (pid === undefined) return undefined;
  return (await readStartTime(Number(pid))) === startTime ? Number(pid) : undefined;
}

function inUse(lock: string, holder: string): StartupError {
  return new StartupError(
    'DATA_DIR_IN_USE',
    `The data directory ${dirname(lock)} is in use by ${holder}. Stop it first, ` +
      'or set WAYBILL_DATA_DIR to another directory.',
  );
}
