// What the server says of a file while it is uploaded and processed.
import type { Waybill } from '../client.ts';
import { WaybillError } from '../errors.ts';
import type { ListedFileFragment as WaybillFile } from '../generated/operations.ts';
import { pause, reasonOf } from '../wait.ts';
import { readUpload } from './register.ts';
import { failureOf } from './verdicts.ts';

/** A smaller file is there before anything could be shown of it. */
const LEAST_BYTES = 2 ** 20;

/** Tells the bytes that are stored durably, as they come. Without a WebSocket: nothing. @returns ends it */
export function watchProgress(
  waybill: Waybill,
  id: string,
  size: number,
  onReceived: (bytes: number) => void,
): () => void {
  if (size < LEAST_BYTES) return () => undefined;
  const live = waybill.live.file(id);
  return live.subscribe(() => {
    const { file } = live.getSnapshot();
    if (file != null) onReceived(file.bytesReceived);
  });
}

const ASK_EVERY_MS = 1_000;

/**
 * @returns the file when it is INDEXED
 * @throws WaybillError: with the code of its failure when it is FAILED for good; FILE_NOT_FOUND; or the signal's reason
 */
export async function untilProcessed(
  waybill: Waybill,
  stored: WaybillFile,
  onSeen: (file: WaybillFile) => void,
  signal: AbortSignal,
): Promise<WaybillFile> {
  const { id } = stored;
  if (stored.state === 'INDEXED') return stored;
  for await (const file of statesOf(waybill, id, signal)) {
    if (file === null) throw new WaybillError('FILE_NOT_FOUND', 'The file was deleted while it was being processed.');
    onSeen(file);
    if (file.state === 'INDEXED') return file;
    if (file.state !== 'FAILED') continue;
    const now = await readUpload(waybill, id, signal);
    // With a time at which the server tries again it is not the end.
    if (now?.state === 'FAILED' && now.retryAt === null) throw failureOf(now);
  }
  throw reasonOf(signal);
}

/** Ends when the signal is aborted. */
async function* statesOf(waybill: Waybill, id: string, signal: AbortSignal): AsyncGenerator<WaybillFile | null> {
  const live = waybill.live.file(id);
  let wake = (): void => undefined;
  const unsubscribe = live.subscribe(() => wake());
  const abort = (): void => wake();
  signal.addEventListener('abort', abort);
  try {
    for (let shown: unknown; !signal.aborted;) {
      const snapshot = live.getSnapshot();
      if (snapshot.error?.code === 'WEBSOCKET_MISSING') return yield* pollStates(waybill, id, signal);
      if (snapshot.status === 'failed') throw snapshot.error as WaybillError;
      if (snapshot.file !== undefined && snapshot.file !== shown) yield snapshot.file;
      shown = snapshot.file;
      if (snapshot === live.getSnapshot() && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', abort);
    unsubscribe();
  }
}

async function* pollStates(waybill: Waybill, id: string, signal: AbortSignal): AsyncGenerator<WaybillFile | null> {
  for (;;) {
    yield await readUpload(waybill, id, signal);
    await pause(ASK_EVERY_MS, signal);
  }
}
