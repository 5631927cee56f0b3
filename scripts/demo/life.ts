// What each file of the demo goes through. It acts and keeps the answers; what it did is seen from the subscription.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, FailureInput, Refusal } from './api.ts';
import type { Ledger } from './ledger.ts';
import type { Source } from './sources.ts';
import { ConnectionLost, type Pace, uploadBytes } from './upload-bytes.ts';

/** What goes wrong on the way, in the first attempt only. */
export type Mishap = 'upload breaks off' | 'processing fails' | 'impatient client' | 'none';

export interface Life {
  readonly api: Api;
  readonly ledger: Ledger;
  readonly source: Source;
  readonly mishap: Mishap;
  readonly pace: Pace;
  /** Before it starts, and how long a person needs to see a state. */
  readonly startAfterMs: number;
  readonly restMs: number;
  readonly signal: AbortSignal;
  /** The answer to the event that is sent to be refused. */
  readonly onRefusal: (source: Source, event: string, refusal: Refusal) => void;
}

const BROKEN_OFF: FailureInput = { code: 'CONNECTION_LOST', message: 'The upload broke off.' };
const UNREADABLE: FailureInput = { code: 'INDEXER_BUSY', message: 'The indexer had no room.' };

export async function live(life: Life): Promise<void> {
  const { api, ledger, source, mishap, signal } = life;
  const { id } = await api.registerFile(source);
  ledger.acknowledge({ fileId: id, version: 0, what: 'REGISTERED' });
  await sleep(life.startAfterMs, undefined, { signal });

  if (mishap !== 'none') {
    const indexed = await attempt(life, id, mishap);
    if (indexed) return;
    await send(life, id, 'RETRY');
    await rest(life);
  }
  await attempt(life, id, 'none');
}

/** One upload and its processing; returns whether the file came through. */
async function attempt(life: Life, id: string, mishap: Mishap): Promise<boolean> {
  const { api, source, pace, signal } = life;
  await send(life, id, 'START_UPLOAD');
  if (mishap === 'impatient client') {
    await rest(life);
    await sendTooEarly(life, id, 'COMPLETE_PROCESSING');
  }
  try {
    await uploadBytes(api, id, source, { pace, signal, breakAt: mishap === 'upload breaks off' ? 0.6 : undefined });
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    await send(life, id, 'FAIL_UPLOAD', BROKEN_OFF);
    await rest(life);
    return false;
  }
  await send(life, id, 'COMPLETE_UPLOAD');
  await rest(life);
  if (mishap === 'processing fails') {
    await send(life, id, 'FAIL_PROCESSING', UNREADABLE);
    await rest(life);
    return false;
  }
  await send(life, id, 'COMPLETE_PROCESSING');
  return true;
}

async function send({ api, ledger, source }: Life, id: string, event: string, failure?: FailureInput): Promise<void> {
  const answer = await api.transitionFile(id, event, failure);
  if (answer.__typename !== 'TransitionFileSuccess') {
    throw new Error(`${event} of ${source.name} was refused: ${answer.code} ${answer.message}`);
  }
  ledger.acknowledge({ fileId: id, version: answer.transition.version, what: event });
}

async function sendTooEarly({ api, source, onRefusal }: Life, id: string, event: string): Promise<void> {
  const answer = await api.transitionFile(id, event);
  if (answer.__typename !== 'TransitionRejected') throw new Error(`${event} of ${source.name} was not refused`);
  onRefusal(source, event, answer);
}

const rest = async ({ restMs, signal }: Life): Promise<void> => await sleep(restMs, undefined, { signal });
