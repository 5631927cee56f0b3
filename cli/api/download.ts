// Reads the bytes of a file, and resumes with Range when the connection is lost.
import { createHash } from 'node:crypto';
import { CliError, Refused, UnexpectedAnswer, Unreachable, isTransient, parseRetryAfter } from '../errors.ts';
import { limitedMs } from './rate-limits.ts';
import { reasonOf } from '../network-reason.ts';
import { type OnRetry, pause } from './pause.ts';
import { newRetryDelays } from './retry.ts';
import { type Server, credentialsOf } from './server.ts';

export interface Content {
  readonly id: string;
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex; null when it is not known. */
  readonly sha256: string | null;
}

/** Where the bytes go. */
export interface Sink {
  /** The bytes it has already, from the start of the file. */
  existing(): AsyncIterable<Uint8Array>;
  write(chunk: Uint8Array): Promise<void>;
}

class DigestMismatch extends CliError<'DIGEST_MISMATCH'> {
  constructor(expected: string, found: string) {
    super('DIGEST_MISMATCH', `The bytes have SHA-256 ${found}, not ${expected}. They are not kept.`);
  }
}

const SILENCE_MS = 30_000;

/**
 * Writes all bytes that the sink does not have, and checks the digest of the whole.
 * @throws DigestMismatch, Refused, Unreachable when retries are exhausted, or the signal's reason
 */
export async function download(
  server: Server,
  content: Content,
  sink: Sink,
  onRetry: OnRetry,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  let position = 0;
  let delays = newRetryDelays();
  for await (const chunk of sink.existing()) {
    hash.update(chunk);
    position += chunk.length;
  }
  while (position < content.size) {
    try {
      for await (const chunk of readFrom(server, content, position, signal)) {
        await sink.write(chunk);
        hash.update(chunk);
        position += chunk.length;
        delays = newRetryDelays();
      }
      if (position < content.size) throw new Unreachable(server.url, 'the connection broke');
    } catch (error) {
      signal.throwIfAborted();
      const delay = limitedMs(error) ?? delays.shift();
      if (delay === undefined || !isTransient(error)) throw error;
      onRetry(error, delay);
      await pause(delay, signal);
    }
  }
  const found = hash.digest('hex');
  if (content.sha256 !== null && found !== content.sha256) throw new DigestMismatch(content.sha256, found);
}

async function* readFrom(
  server: Server,
  content: Content,
  position: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const range = position === 0 ? {} : { range: `bytes=${position}-` };
  try {
    const headers = { ...credentialsOf(server), ...range };
    const response = await fetch(content.url, { headers, signal: AbortSignal.any([signal, silence.signal]) });
    if (response.status !== (position === 0 ? 200 : 206)) throw toRefusal(content, response);
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CliError) throw error;
    const reason = silence.signal.aborted ? `no bytes in ${SILENCE_MS / 1_000} s` : reasonOf(error);
    throw new Unreachable(server.url, reason, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function toRefusal({ id, url }: Content, { status, statusText, headers }: Response): Error {
  if (status === 404) return new Refused('FILE_NOT_FOUND', `The server has no bytes of ${id}.`);
  if (status === 410) return new Refused('BYTES_LOST', `The server has lost the bytes of ${id}.`);
  const retryAfter = status === 429 ? parseRetryAfter(headers.get('retry-after')) : null;
  return new UnexpectedAnswer(url, status, `${status} ${statusText}`, retryAfter);
}
