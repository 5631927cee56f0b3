// Reads many files with few requests: lookups of the same moment share one query.
import DataLoader from 'dataloader';
import type { TypedDocument } from '../../packages/client/src/index.ts';
import { FILE } from '../generated/documents.ts';
import type { FileFacts } from './files.ts';
import { request } from './request.ts';
import type { OnRetry } from './pause.ts';
import type { Server } from './server.ts';

/** How many files a document reads. The server allows 200 aliases in one. */
const SIZES = [1, 10, 50, 200] as const;
const MAX_BATCH = 200;
// With several uploads in parallel, about this much apart is "the same moment".
const COLLECT_MS = 10;

export interface FileLookup {
  /** The file as it is now; null when it does not exist. Retries transient errors. */
  read(id: string): Promise<FileFacts | null>;
}

export function createFileLookup(server: Server, onRetry: OnRetry, signal: AbortSignal): FileLookup {
  const readBatch = (ids: readonly string[]): Promise<(FileFacts | null)[]> => readFiles(server, ids, onRetry, signal);
  const loader = new DataLoader<string, FileFacts | null>(readBatch, {
    cache: false,
    maxBatchSize: MAX_BATCH,
    batchScheduleFn: (callback) => setTimeout(callback, COLLECT_MS),
  });
  return { read: (id) => loader.load(id) };
}

type Lookup = TypedDocument<Readonly<Record<string, FileFacts | null>>, Readonly<Record<string, string>>>;

const [, FACTS] = /(fragment FileFacts .*)/.exec(FILE.toString())!;

function documentFor(size: number): Lookup {
  const slots = Array.from({ length: size }, (_slot, index) => index);
  const parameters = slots.map((index) => `$i${index}: ID!`).join(' ');
  const fields = slots.map((index) => `f${index}: file(id: $i${index}) { ...FileFacts }`).join(' ');
  return `query (${parameters}) { ${fields} } ${FACTS}`;
}

/** Not one for each number of files: all of them are known beforehand (documents.ts). */
export const LOOKUPS = SIZES.map((size) => ({ size, document: documentFor(size) }));

async function readFiles(
  server: Server,
  ids: readonly string[],
  onRetry: OnRetry,
  signal: AbortSignal,
): Promise<(FileFacts | null)[]> {
  const { size, document } = LOOKUPS.find(({ size: slots }) => slots >= ids.length) ?? LOOKUPS.at(-1)!;
  // The slots that are left over read the last file again.
  const variables = Object.fromEntries(
    Array.from({ length: size }, (_slot, index) => [`i${index}`, ids[Math.min(index, ids.length - 1)]!]),
  );
  const files = await request(server, document, variables, signal, onRetry);
  return ids.map((_id, index) => files[`f${index}`] ?? null);
}
