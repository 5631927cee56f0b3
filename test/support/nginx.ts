// Debian's nginx in front of a Waybill, with the configuration of deploy/nginx.conf, the port and the names replaced.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const PROGRAM = '/usr/sbin/nginx';
const DEPLOYED = join(import.meta.dirname, '../../deploy/nginx.conf');

/** Whether this machine has it. */
export const hasNginx = spawnSync(PROGRAM, ['-v']).status === 0;

export interface Nginx {
  /** https://localhost:<port>, without a trailing slash. */
  readonly url: string;
  /** The certificate that it shows. */
  readonly ca: string;
  /** What it has logged as errors and warnings. */
  errors(): Promise<string>;
  stop(): Promise<void>;
}

/** @param edit changes the configuration, for a deployment that is not as documented */
export async function startNginx(
  upstreamPort: number,
  edit: (text: string) => string = (text) => text,
): Promise<Nginx> {
  const dir = await mkdtemp(join(tmpdir(), 'waybill-nginx-'));
  const port = await freePort();
  const [key, certificate] = [join(dir, 'waybill.key'), join(dir, 'waybill.crt')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    ...names,
  ]);
  const server = edit(
    readFileSync(DEPLOYED, 'utf8')
      .replace('server 127.0.0.1:4000;', `server 127.0.0.1:${upstreamPort};`)
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
      .replace('server_name waybill.example;', 'server_name localhost;')
      .replaceAll('/etc/ssl/waybill.', `${dir}/waybill.`),
  );
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${dir}/${name};`,
  );
  const config = `daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/errors warn;
    events { worker_connections 512; } http { access_log off; ${folders.join(' ')} ${server} }`;
  await writeFile(join(dir, 'nginx.conf'), config);
  const child = spawn(PROGRAM, ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'errors')], { stdio: 'inherit' });
  await until(() => answers(port), Boolean);
  return {
    url: `https://localhost:${port}`,
    ca: await readFile(certificate, 'utf8'),
    errors: () => readFile(join(dir, 'errors'), 'utf8'),
    stop: async () => {
      await end(child);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
