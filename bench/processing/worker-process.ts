// A worker: the program in the role `worker`, with a processor that does nothing and notes when it was asked to.
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { decodeFileId } from '../../src/ids.ts';
import { startProgram } from '../../src/program.ts';
import { type MemoryUse, settleMemory } from '../workers/memory-probe.ts';
import { answerCalls } from '../workers/answer-calls.ts';

/** By the UUID of the file; milliseconds since 1970. */
const begun = new Map<string, number>();

async function start({ url, dataDir }: { url: string; dataDir: string }): Promise<void> {
  const environment = { DATABASE_URL: url, WAYBILL_DATA_DIR: dataDir, PORT: '0', WAYBILL_PROCESSING_TIMEOUT: '7d' };
  const log = pino({ level: 'info' }, pino.destination('/dev/null'));
  await startProgram(readConfig(environment), 'worker', log, {
    runner: {
      run: ({ file }) => {
        begun.set(decodeFileId(file.id) ?? '', performance.timeOrigin + performance.now());
        return Promise.resolve({ outcome: 'completed', properties: {}, text: null });
      },
      close: () => Promise.resolve(),
    },
  });
}

/** Since the last call. */
function takeBegun(): ReadonlyMap<string, number> {
  const taken = new Map(begun);
  begun.clear();
  return taken;
}

const measureMemory = (): Promise<MemoryUse> => settleMemory();

const calls = { start, takeBegun, measureMemory };
export type WorkerCalls = typeof calls;

answerCalls(calls);
