// A worker in a process of its own, as `node src/main.ts worker` is one, but with processors that take a while and find the
// length of the bytes: what is killed here is the worker. The children of the real ones have tests of their own.
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { startProgram } from '../../src/program.ts';

const RUN_MS = 250;

const program = await startProgram(readConfig(), 'worker', createLogger('info'), {
  runner: {
    run: async ({ open, signal }) => {
      const bytes = await buffer(await open());
      // An aborted one ends sooner; its outcome is not asked for.
      await sleep(RUN_MS, undefined, { signal }).catch(() => undefined);
      return { outcome: 'completed', properties: { plain: { bytes: bytes.length } }, text: null };
    },
    close: () => Promise.resolve(),
  },
});
process.on('SIGTERM', () => void program.stop());
process.stdout.write(`waybill ready ${program.url}\n`);
