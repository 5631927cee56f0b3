// What a test of `waybill upload` needs: a server with its own byte store, a proxy in front of it, files to upload, and an
// empty state folder.
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FileFacts } from '../../cli/api/files.ts';
import { type CliOutcome, type RunningCli, readJsonLines, startCli } from './cli.ts';
import { request } from './client.ts';
import { type Instance, startInstance } from './instance.ts';
import { type TcpProxy, startTcpProxy } from './tcp-proxy.ts';
import { type TemporaryDir, createTemporaryDir } from './temporary-dir.ts';

export interface UploadLine {
  readonly event: string;
  readonly name: string;
  readonly path: string;
  readonly id: string | null;
  readonly bytes: number;
  readonly code?: string;
  readonly message?: string;
  readonly state?: string;
}

export interface UploadOutcome extends CliOutcome {
  readonly lines: UploadLine[];
}

export interface LocalFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

const FILES = `query { files(first: 1000) { edges { node { id name state size bytesReceived sha256 attempts version
  contentType metadata failure { code message retryable } } } } }`;

export class CliUploadFixture {
  readonly dir: TemporaryDir;
  readonly proxy: TcpProxy;
  readonly instance: Instance;

  private constructor(dir: TemporaryDir, proxy: TcpProxy, instance: Instance) {
    this.dir = dir;
    this.proxy = proxy;
    this.instance = instance;
  }

  static async create(env: Record<string, string> = {}): Promise<CliUploadFixture> {
    const dir = await createTemporaryDir();
    const instance = await startInstance({ env: { WAYBILL_DATA_DIR: join(dir.path, 'data'), ...env } });
    const proxy = await startTcpProxy(Number(new URL(instance.url).port));
    return new CliUploadFixture(dir, proxy, instance);
  }

  /** The server's URL, by way of the proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.proxy.port}`;
  }

  async newFile(name: string, size: number): Promise<LocalFile> {
    const bytes = randomBytes(size);
    const path = await this.dir.write(join('files', name), bytes);
    return { path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  start(...args: string[]): RunningCli {
    const env = { XDG_STATE_HOME: join(this.dir.path, 'state') };
    return startCli(['upload', '--url', this.url, ...args], { env, cwd: this.dir.path });
  }

  /** Runs the command with --json. */
  async upload(...args: string[]): Promise<UploadOutcome> {
    const outcome = await this.start('--json', ...args).ended;
    return { ...outcome, lines: readJsonLines<UploadLine>(outcome.stdout) };
  }

  /** All files of the server, newest first. */
  async readFiles(): Promise<FileFacts[]> {
    const { files } = await request<{ files: { edges: { node: FileFacts }[] } }>(this.instance.url, FILES);
    return files.edges.map(({ node }) => node);
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.instance.stop();
    await this.dir.remove();
  }
}
