// A real NATS server for a test: Debian's 2.9. It can be killed, stopped and started again on the same port.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { delimiter } from 'node:path';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const PROGRAM = 'nats-server';
/** Debian keeps it where only root has its path. */
const env = { PATH: [process.env['PATH'] ?? '', '/usr/sbin'].join(delimiter) };

/** Whether this machine has it. */
export const hasNats = spawnSync(PROGRAM, ['--version'], { env }).status === 0;

export class NatsServer {
  readonly port: number;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  /** @param args of nats-server, besides its address */
  static async start(...args: string[]): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), args);
    await server.restart();
    return server;
  }

  /** nats://127.0.0.1:<port> */
  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get child(): ChildProcess | null {
    return this.#child;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Kills it if it runs. Resolves when it accepts connections. */
  async restart(): Promise<void> {
    await this.kill();
    const address = ['--addr', '127.0.0.1', '--port', String(this.port)];
    const child = spawn(PROGRAM, [...address, ...this.#args], { env, stdio: 'ignore' });
    this.#child = child;
    await until(() => accepts(this.port), Boolean);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
