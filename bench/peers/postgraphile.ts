// PostGraphile as a peer: another GraphQL server over the same tables, in a process of its own. Its packages are not among
// Waybill's, they are installed when a bench first asks for it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { keepTrack } from '../host/break-off.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';

const FOLDER = new URL('postgraphile', import.meta.url).pathname;

/** Default of `pg`, on which PostGraphile's documentation builds. */
const POOL_SIZE = 10;

export const PEER = 'PostGraphile';

export class PostGraphile implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** @param database is given comments and a function of the peer's; Waybill may use it too */
  static async start(testbed: Testbed, database: Database): Promise<PostGraphile> {
    await install(testbed);
    await database.query(await readFile(join(FOLDER, 'setup.sql'), 'utf8'));
    const directory = await mkdtemp(join(await testbed.makeDirectory('postgraphile'), 'log-'));
    await using log = await open(join(directory, 'log'), 'w');
    const { PATH = '' } = process.env;
    const env = {
      PATH,
      DATABASE_URL: database.url,
      POOL_SIZE: String(POOL_SIZE),
      NODE_ENV: 'production',
      GRAPHILE_ENV: 'production',
    };
    const child = spawn(process.execPath, ['server.js'], { cwd: FOLDER, env, stdio: ['ignore', 'pipe', log.fd] });
    return new PostGraphile(child, await readUrl(keepTrack(child), join(directory, 'log')));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL'); // it holds nothing that needs an orderly end
    await exited;
  }
}

async function readUrl(child: ChildProcess, logPath: string): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const url = /^ready (\S+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`${PEER} did not start: ${(await readFile(logPath, 'utf8')).slice(-4_000)}`);
}

const LOCKFILE = join(FOLDER, 'package-lock.json');
/** A copy of the lockfile that was installed. */
const INSTALLED = join(FOLDER, 'node_modules/.installed-lock.json');

/** By its own lockfile, unless that has been done. */
async function install(testbed: Testbed): Promise<void> {
  const wanted = await readFile(LOCKFILE, 'utf8');
  if ((await readFile(INSTALLED, 'utf8').catch(() => null)) === wanted) return;
  testbed.note(`installing ${PEER} (npm ci in bench/peers/postgraphile)`);
  const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const child = keepTrack(
    spawn('npm', ['ci'], { cwd: FOLDER, env: { ...process.env, PATH }, stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${PEER} could not be installed: ${errors.slice(-2_000)}`);
  await writeFile(INSTALLED, wanted);
}
