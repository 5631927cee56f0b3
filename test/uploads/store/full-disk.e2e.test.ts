// The file store on a disk that is really full, in a process of its own.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, describe, expect, test } from 'vitest';
import { MIB } from '../../support/bytes.ts';

const CHILD = join(import.meta.dirname, '../../support/full-disk-child.ts');
// In a mount namespace, which ends with its process: no mount is left behind.
const NAMESPACE = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
const MOUNT = 'mount -t tmpfs -o size=6m tmpfs "$0"';

const run = promisify(execFile);
const root = await mkdtemp(join(tmpdir(), 'waybill-disk-'));
const mayMount = await shell(NAMESPACE, MOUNT).then(
  () => true,
  () => false,
);
if (!mayMount) process.stderr.write('No mounting here: the test of a full tmpfs is left out.\n');

afterAll(() => rm(root, { recursive: true }));

/** Runs the script with the directory as $0 and the words as $1 and so on. */
async function shell(wrapper: readonly string[], script: string, ...words: string[]): Promise<string> {
  const [program = '', ...args] = [...wrapper, '/bin/sh', '-c', script, root, ...words];
  return (await run(program, args)).stdout;
}

async function fillDisk(prepare: string, ...wrapper: string[]): Promise<{ sealed: number }> {
  const script = `${prepare} && exec "$1" "$2" "$0" "$3"`;
  return JSON.parse(await shell(wrapper, script, process.execPath, CHILD, uuidv7())) as { sealed: number };
}

describe('a full disk', () => {
  test.runIf(mayMount)('is StorageFull; what is sealed then is there, and with room again it goes on', async () => {
    const found = await fillDisk(MOUNT, ...NAMESPACE);
    expect(found).toMatchObject({ code: 'STORAGE_FULL', cause: 'ENOSPC', failure: 'STORAGE_FULL', same: true });
    expect(found.sealed).toBeGreaterThan(2 * MIB);
    expect(found.sealed).toBeLessThanOrEqual(3 * MIB);
    expect(found).toMatchObject({ continued: found.sealed + MIB, sameContinued: true });
  });

  test('or a file at its largest is StorageFull too; what is sealed then is there to the last byte', async () => {
    // In blocks of 512 bytes, as POSIX says.
    const found = await fillDisk('ulimit -f 7001');
    const limit = 7001 * 512;
    expect(found).toMatchObject({ code: 'STORAGE_FULL', cause: 'EFBIG', failure: 'STORAGE_FULL', same: true });
    expect(found).toMatchObject({ sealed: limit, continued: limit, sameContinued: true });
  });
});
