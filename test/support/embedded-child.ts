// A program with an embedded server, to be killed: `node embedded-child.ts <data dir>`. Prints one line of JSON when
// the server runs, or when it was refused; SIGTERM stops it in order.
import { startEmbedded } from '../../src/db/embedded/start.ts';
import { StartupError } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';

try {
  const server = await startEmbedded({ dataDir: process.argv[2] ?? '', log: createLogger('silent') });
  process.once('SIGTERM', () => void server.stop());
  process.stdout.write(`${JSON.stringify({ url: server.url, pid: server.pid })}\n`);
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  process.stdout.write(`${JSON.stringify({ refused: error.code, message: error.message })}\n`);
}
