// A client that writes: it sends events with an idempotency key, and sends the same again to any replica until it gets an
// answer. The service must keep what it has answered.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Result, transition } from '../support/client.ts';
import type { Acknowledged } from '../support/history.ts';
import type { Random } from '../support/random.ts';

export interface WriterOptions {
  readonly random: Random;
  /** The replicas to choose from at the moment. */
  readonly urls: () => readonly string[];
  readonly files: readonly string[];
  readonly signal: AbortSignal;
}

export interface WriterLog {
  readonly acknowledged: Acknowledged[];
  rejected: number;
  /** Requests that got no answer and were sent again. */
  retried: number;
  /**
   * Requests refused after an earlier copy had got no answer. That copy may still be on its way to a replica that is
   * stopped, and succeed later: refusals are not remembered (docs/adr/0005), so no client learns of it.
   */
  overtaken: number;
  /** When an answer last came, in milliseconds since the epoch. */
  answeredAt: number;
}

const EVENTS = [
  'START_UPLOAD', 'COMPLETE_UPLOAD', 'FAIL_UPLOAD', 'COMPLETE_PROCESSING', 'FAIL_PROCESSING', 'RETRY', 'RESET',
]; // prettier-ignore

export function newWriterLog(): WriterLog {
  return { acknowledged: [], rejected: 0, retried: 0, overtaken: 0, answeredAt: Date.now() };
}

export async function write({ random, urls, files, signal }: WriterOptions, log: WriterLog): Promise<void> {
  const allowed = new Map<string, readonly string[]>();
  while (!signal.aborted) {
    const id = random.pick(files);
    // Mostly an event that the file was last known to allow; sometimes any.
    const known = allowed.get(id) ?? [];
    const event = known.length > 0 && random.next() < 0.9 ? random.pick(known) : random.pick(EVENTS);
    const retriedBefore = log.retried;
    const result = await sendUntilAnswered({ random, urls, id, event, idempotencyKey: randomUUID() }, log);
    allowed.set(id, result.file?.allowedEvents ?? []);
    if (result.transition === undefined) {
      log.rejected += 1;
      if (log.retried > retriedBefore) log.overtaken += 1;
    } else log.acknowledged.push({ ...result.transition, fileId: id });
  }
}

// A replica that is stopped accepts requests and does not answer.
const PATIENCE_MS = 1_000;

interface EventRequest extends Pick<WriterOptions, 'random' | 'urls'> {
  readonly id: string;
  readonly event: string;
  readonly idempotencyKey: string;
}

/** Only a result of the schema is an answer. After anything else (no connection, an error) the request is sent again. */
async function sendUntilAnswered(
  { random, urls, id, event, idempotencyKey }: EventRequest,
  log: WriterLog,
): Promise<Result> {
  for (;;) {
    try {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      const result = await transition(random.pick(urls()), id, event, { idempotencyKey }, patience);
      log.answeredAt = Date.now();
      if (result.code !== 'FILE_BUSY') return result;
    } catch {
      // No answer.
    }
    log.retried += 1;
    await sleep(20 + random.below(80));
  }
}
