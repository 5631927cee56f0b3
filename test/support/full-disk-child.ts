// Writes into a file store until the disk is full: `node full-disk-child.ts <dir> <name>`, with <dir> on a small disk or
// under a small limit. Prints what happened as one line of JSON.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFileStore } from '../../src/uploads/store/file/file-store.ts';
import { KIB, MIB, fingerprint, fingerprintOf, randomBytes } from './bytes.ts';
import { createRandom } from './random.ts';

const [dir = '', name = ''] = process.argv.slice(2);
const bytes = randomBytes(createRandom(3), 8 * MIB);
const ballast = join(dir, 'ballast');
await writeFile(ballast, Buffer.alloc(3 * MIB));

const store = await openFileStore(join(dir, 'uploads'));
const full = await store.openSegment(name, 0);
const error = await fill().catch((caught: unknown) => caught);
const sealed = await full.seal();
const stored = await fingerprintOf(await store.readSegment(name, 0, sealed));

// Once there is room again, it continues where it stopped.
await rm(ballast);
const next = await store.openSegment(name, sealed);
await next.write(bytes.subarray(sealed, sealed + MIB));
const continued = await next.seal();
const whole = await fingerprintOf(await store.readSegment(name, 0, continued));

process.stdout.write(
  JSON.stringify({
    code: (error as { code?: string }).code,
    cause: ((error as Error).cause as NodeJS.ErrnoException).code,
    failure: (full.failure as { code?: string }).code,
    sealed,
    same: sameAs(stored, sealed),
    continued,
    sameContinued: sameAs(whole, continued),
  }),
);

async function fill(): Promise<void> {
  // Not a power of two, so that the end falls inside a chunk.
  for (let at = 0; at < bytes.length; at += 63 * KIB) await full.write(bytes.subarray(at, at + 63 * KIB));
  await full.sync();
}

function sameAs(found: { digest: string }, length: number): boolean {
  return found.digest === fingerprint(bytes.subarray(0, length)).digest;
}
