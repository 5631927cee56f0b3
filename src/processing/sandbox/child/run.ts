// Runs one processor on one file, in the child, and reports what it found.
import { cutText } from '../../cut-text.ts';
import type { Findings, Processor } from '../../processor.ts';
import type { FromRun, RunRequest } from '../messages.ts';
import { type OpenBytes, openBytes } from './bytes.ts';
import { failureOf } from './failures.ts';
import type { Loaded } from './load.ts';

const PROGRESS_EVERY_MS = 100;
const MAX_MESSAGE = 200;

export type SendFromRun = (message: FromRun, text?: string) => void;

export async function runProcessor(
  loaded: readonly Loaded[],
  request: RunRequest,
  send: SendFromRun,
  signal: AbortSignal,
): Promise<void> {
  const bytes = openBytes(request.path, request.file.size);
  try {
    const index = findAccepting(loaded, request, send);
    if (index === -1) return send({ type: 'none' });
    const findings = await runOne(loaded[index]!.processor, request, bytes, send, signal);
    report(findings, request, send);
  } catch (error) {
    send({ type: 'failed', failure: failureOf(error, request.path) });
  } finally {
    await bytes.close();
  }
}

/** The processor is said to have begun when it accepts the file, or throws at the question. */
function findAccepting(loaded: readonly Loaded[], request: RunRequest, send: SendFromRun): number {
  const { contentType, file } = request;
  for (let index = request.from; index < request.to; index += 1) {
    let accepts = true;
    try {
      accepts = loaded[index]!.processor.accepts(contentType, file);
    } finally {
      if (accepts) send({ type: 'begun', processor: index });
    }
    if (accepts) return index;
  }
  return -1;
}

async function runOne(
  processor: Processor,
  { file, found }: RunRequest,
  bytes: OpenBytes,
  send: SendFromRun,
  signal: AbortSignal,
): Promise<Findings> {
  return await processor.run({ bytes, size: file.size, file, found, signal, progress: throttledProgress(send) });
}

/** A processor may report every page it reads: ten messages a second are enough. */
function throttledProgress(send: SendFromRun): (fraction: number, message?: string) => void {
  let last = -Infinity;
  return (fraction, message = '') => {
    const now = performance.now();
    if (now - last < PROGRESS_EVERY_MS) return;
    last = now;
    send({ type: 'progress', fraction, message: message.slice(0, MAX_MESSAGE) });
  };
}

function report(findings: Findings, { propertiesBytes, textBytes }: RunRequest, send: SendFromRun): void {
  const { properties = {}, text } = findings ?? {};
  const json = JSON.stringify(properties) as string | undefined;
  if (json === undefined || !json.startsWith('{')) throw new TypeError('The properties it found are not an object.');
  if (text !== undefined && typeof text !== 'string') throw new TypeError('The text it found is not a string.');
  if (Buffer.byteLength(json) > propertiesBytes) {
    const message = `The properties it found are more than ${propertiesBytes} bytes of JSON.`;
    send({ type: 'failed', failure: { code: 'PROCESSOR_OUTPUT_TOO_LARGE', message, retryable: false } });
    return;
  }
  send({ type: 'done', properties: JSON.parse(json) as Record<string, unknown> }, cutText(text ?? '', textBytes));
}
