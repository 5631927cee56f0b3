// Finds a NATS server that answers, before a client connects to it: the client keeps a connection to one that accepts it and then
// says nothing (stopped, overloaded) for ever, and each try would leave another one behind.
import { once } from 'node:events';
import { createConnection } from 'node:net';

/** A server speaks first: https://docs.nats.io/reference/reference-protocols/nats-protocol#info */
const GREETING = 'INFO ';

/**
 * @param hosts host:port, tried in turns from a random one on, so that replicas spread over them
 * @throws why the last one cannot be used
 */
export async function findServer(hosts: readonly string[], timeoutMs: number, stopping: AbortSignal): Promise<string> {
  const first = Math.floor(Math.random() * hosts.length);
  let reason: unknown;
  for (const host of [...hosts.slice(first), ...hosts.slice(0, first)]) {
    try {
      await requireGreeting(host, AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]));
      return host;
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

async function requireGreeting(address: string, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(`nats://${address}`);
  const socket = createConnection(Number(port), hostname.replaceAll(/^\[|\]$/g, ''));
  try {
    // It rejects with what keeps the socket from connecting, too.
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
    if (!chunk.toString('latin1').startsWith(GREETING)) throw new Error('this is no NATS server');
  } catch (error) {
    throw signal.aborted ? new Error('the server does not answer', { cause: error }) : error;
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}
