// One program at a time holds a data directory. The lock is a file naming its holder, so that whoever is refused can be
// told who it is, and so that the lock of a program that was killed can be taken over.
//
// The danger is in the taking over: two programs see the same stale lock, the slower one removes the fresh lock of the
// faster one, and both go on. So whoever wants the lock first leaves a claim, a file of its own beside it, and removes
// a stale lock only if it then sees no claim but its own. Of two at the same time at least one sees the other, steps
// back and tries again. The claim is also what gets linked into place, so a lock is never seen half written.
import { randomBytes, randomInt } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../errors.ts';
import { readStartTime } from './processes.ts';

const MAX_ATTEMPTS = 50;

/** Returns what gives the lock back. Throws StartupError DATA_DIR_IN_USE. */
export async function lockDataDir(lock: string): Promise<() => Promise<void>> {
  const self = `${process.pid}-${await readStartTime(process.pid)}`;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    if (await tryLock(lock, self)) return () => rm(lock, { force: true });
    await delay(randomInt(5, 50));
  }
  throw inUse(lock, 'several programs that are starting at this moment');
}

/** False: another program is after the lock too. */
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

/** Clears away claims that outlived their program on the way: their names are never used again. */
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

/** `holder` begins `<pid>-<start time>`. What does not (a file torn by a power cut) names nobody who could be alive. */
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
