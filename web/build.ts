// Builds the page into web/dist/<key>, where the key is a hash of everything it is made from, and prints that folder. What
// has been built before is not built again. The service runs it when the page is first asked for.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'web/dist');
const SOURCES = ['web/{index.html,build.ts,vite.config.ts}', 'web/src/**/*.*', 'packages/client/src/**/*.ts'];
const LOCKFILE = 'package-lock.json';
/** Other processes may still read what was built before. */
const KEEP_MS = 86_400_000;
const LARGE = 1_000_000;

async function findKey(): Promise<string> {
  const hash = createHash('sha256');
  const paths = [...globSync(SOURCES, { cwd: ROOT }), LOCKFILE].map((path) => path.replaceAll('\\', '/')).toSorted();
  for (const path of paths) {
    const text = await readFile(join(ROOT, path));
    hash.update(`${path}\0${text.length}\0`).update(text);
  }
  return hash.digest('hex').slice(0, 16);
}

// React's own build depends on it, and so do the entries of packages: the same, whoever starts this.
process.env['NODE_ENV'] = 'production';

/** Built beside its place and moved there whole, so that nobody finds half of it. */
async function build(folder: string): Promise<void> {
  const { build: runVite } = await import('vite');
  const made = join(DIST, `.${randomUUID()}`);
  try {
    await runVite({ configFile: join(ROOT, 'web/vite.config.ts'), build: { outDir: made }, logLevel: 'error' });
    await compressAll(join(made, 'assets'));
    await rename(made, folder);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function compressAll(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const bytes = await readFile(path);
    // The worker of pdf.js by itself would take as long as all else, for a twentieth less.
    const quality = bytes.length > LARGE ? 9 : 11;
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_QUALITY]: quality };
    const [br, gz] = await Promise.all([
      promisify(brotliCompress)(bytes, { params }),
      promisify(gzip)(bytes, { level: 9 }),
    ]);
    await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
  }
}

async function removeOld(current: string): Promise<void> {
  for (const name of await readdir(DIST)) {
    const path = join(DIST, name);
    const found = name === current ? null : await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > KEEP_MS) await rm(path, { recursive: true, force: true });
  }
}

const key = await findKey();
const folder = join(DIST, key);
if (!existsSync(folder)) {
  await build(folder);
  await removeOld(key);
}
process.stdout.write(`${folder}\n`);
