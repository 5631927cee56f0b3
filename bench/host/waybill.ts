// The subject: the program as users start it, with the flags of `npm start` and default settings, in a process of its own.
// Its log of attempts is on, as in production, and goes to a file.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type MemoryUse, PROBE } from '../workers/memory-probe.ts';
import { keepTrack } from './break-off.ts';
import type { Database } from './database.ts';

export interface WaybillOptions {
  /** Whether `measureMemory` may be called. */
  readonly probe?: boolean;
  /** Settings other than the defaults. */
  readonly env?: Readonly<Record<string, string>>;
}

// No deadline of a file comes between two rounds, however long they wait for a quiet machine.
const PATIENT = {
  WAYBILL_UPLOAD_STALL: '7d',
  WAYBILL_PROCESSING_TIMEOUT: '7d',
  WAYBILL_UNTRACKED_EXPIRY: '7d',
  // Files stay where a bench has moved them.
  WAYBILL_PROCESSING: 'external',
};

const FLAGS = ['--max-semi-space-size=32'];
const SERVICE = new URL('../../bin/service', import.meta.url).pathname;
// The program itself gives up after 9 s.
const STOP_MS = 12_000;

export class Waybill implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(
    database: Database,
    directory: string,
    { probe = false, env = {} }: WaybillOptions,
  ): Promise<Waybill> {
    const dataDir = await mkdtemp(join(directory, 'waybill-'));
    const logPath = join(dataDir, 'log');
    await using log = await open(logPath, 'w');
    const { PATH = '' } = process.env;
    // Nothing of the caller's environment: their settings are for their own instance.
    // All processes of a database have one byte store.
    const store = pathToFileURL(join(directory, `bytes${new URL(database.url).pathname.replaceAll('/', '-')}`)).href;
    const urls = { DATABASE_URL: database.url, WAYBILL_STORAGE_URL: store };
    const own = { ...PATIENT, ...urls, PATH, PORT: '0', WAYBILL_DATA_DIR: dataDir, ...env };
    const child = spawn(process.execPath, [...FLAGS, ...(probe ? PROBE : []), SERVICE], {
      env: own,
      stdio: ['ignore', 'pipe', log.fd, ...(probe ? (['ipc'] as const) : [])],
    });
    const url = await readUrl(keepTrack(child), logPath);
    return new Waybill(child, url);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** One of the numbers of GET /metrics, without its prefix. */
  async readMetric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const value = new RegExp(`^waybill_${name} (\\S+)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`there is no metric ${name}`);
    return Number(value);
  }

  /** Once everything that can be collected has been. */
  async measureMemory(): Promise<MemoryUse> {
    const answer = once(this.#child, 'message') as Promise<[MemoryUse]>;
    this.#child.send('measure');
    return (await answer)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const last = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(last);
  }
}

async function readUrl(child: ChildProcess, logPath: string): Promise<string> {
  const ended = once(child, 'exit').then(async () => {
    throw new Error(`the instance did not start: ${(await readFile(logPath, 'utf8')).slice(-4_000)}`);
  });
  let output = '';
  const ready = new Promise<string>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = /^waybill ready (\S+)\n/m.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([ready, ended]);
  ended.catch(() => undefined); // from now on, whoever talks to it notices
  return url;
}
