// Ports for servers that are told theirs: they bind it a while later, or again and again.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below those that systems give to connections and to servers that ask for any (Linux from 32768, or from 16000 in some
// sandboxes): one of these would be taken by a test that runs beside before it is bound, or while its server is away. Above
// 10080, which browsers and fetch refuse.
const [FIRST, END] = [10_100, 16_000];

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
