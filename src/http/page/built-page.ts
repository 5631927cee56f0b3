// The page of web/, built. A checkout builds it when it is first asked for, in a process of its own, and keeps it by the
// contents of its sources (web/build.ts); an image carries it built and has no sources.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bodies, compress } from '../encoding.ts';

export interface Asset {
  readonly type: string;
  readonly bodies: Bodies;
}

export interface BuiltPage {
  readonly html: string;
  /** By file name; the name contains a hash of the contents. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/** What a build may take on a busy machine. */
const PATIENCE_MS = 120_000;

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const WEB = fileURLToPath(new URL('../../../web/', import.meta.url));

/** @throws when it can be neither found nor built */
export async function loadPage(): Promise<BuiltPage> {
  const folder = await findFolder();
  const names = await readdir(join(folder, 'assets'));
  const known = names.filter((name) => extname(name) in TYPES);
  const assets = await Promise.all(known.map(async (name) => [name, await readAsset(folder, name)] as const));
  return { html: await readFile(join(folder, 'index.html'), 'utf8'), assets: new Map(assets) };
}

async function findFolder(): Promise<string> {
  const script = join(WEB, 'build.ts');
  if (existsSync(script)) {
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: PATIENCE_MS });
    return stdout.trim();
  }
  const [name] = await readdir(join(WEB, 'dist'));
  if (name === undefined) throw new Error('web/dist is empty');
  return join(WEB, 'dist', name);
}

/** Compressed files lie beside it. */
async function readAsset(folder: string, name: string): Promise<Asset> {
  const path = join(folder, 'assets', name);
  const type = TYPES[extname(name)]!;
  const identity = await readFile(path);
  const compressed = [`${path}.br`, `${path}.gz`].map((each) => readFile(each));
  const [br, gzip] = await Promise.all(compressed).catch(async () => {
    const made = await compress(identity);
    return [made.br, made.gzip];
  });
  return { type, bodies: { br: br!, gzip: gzip!, identity } };
}
