// What each file of the demo goes through. It acts and keeps the answers; what it did is seen from the subscription.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, FailureInput, RegisteredFile } from './api.ts';
import type { Delivery } from './delivery.ts';
import type { Ledger } from './ledger.ts';
import { WrongBytes, sendBytes } from './send-bytes.ts';
import type { Source } from './sources.ts';
import { openWire } from './wire.ts';

/** What goes wrong on the way, in the first attempt only. */
export type Mishap = 'connection is cut' | 'wrong bytes' | 'processing fails' | 'impatient client' | 'none';

export interface Life {
  readonly api: Api;
  readonly ledger: Ledger;
  readonly source: Source;
  readonly mishap: Mishap;
  /** How long its bytes take over the wire. */
  readonly uploadMs: number;
  readonly retryMs: number;
  /** Before it starts, and how long a person needs to see a state. */
  readonly startAfterMs: number;
  readonly restMs: number;
  readonly signal: AbortSignal;
  /** What happens that is no change of the file, so that no subscription tells of it. */
  readonly tell: (what: string, note: string) => void;
}

const UNREADABLE: FailureInput = { code: 'INDEXER_BUSY', message: 'The indexer had no room.' };

export async function live(life: Life): Promise<Delivery> {
  const { api, ledger, source, mishap, signal } = life;
  const { name, size, sha256 } = source;
  const file = await api.registerFile(source);
  ledger.acknowledge({ fileId: file.id, version: 0, what: 'REGISTERED' });
  await sleep(life.startAfterMs, undefined, { signal });

  const refusals = mishap === 'impatient client' ? await sendTooEarly(life, file) : 0;
  if (mishap === 'wrong bytes') await uploadInVain(life, file);
  const resumedAt = await upload(life, file);
  await rest(life);
  if (mishap === 'processing fails') await processInVain(life, file);
  await send(life, file, 'COMPLETE_PROCESSING');
  const completions = mishap === 'processing fails' ? 2 : 1;
  return {
    fileId: file.id,
    name,
    size,
    sha256,
    completions,
    refusals,
    wasCut: mishap === 'connection is cut',
    resumedAt,
  };
}

/** @returns the offset it went on from after a cut; null: there was none */
async function upload(life: Life, file: RegisteredFile): Promise<number | null> {
  const { ledger, source, mishap } = life;
  const breakAfter = mishap === 'connection is cut' ? source.size / 2 : undefined;
  const resumedAt = await sendOver(life, file, source.bytes, breakAfter);
  // The server has answered that the last byte is here and right: with that it has sent both.
  ledger.acknowledgeNext(file.id, 'START_UPLOAD');
  ledger.acknowledgeNext(file.id, 'COMPLETE_UPLOAD');
  return resumedAt;
}

/** One byte of it is not what was declared: it fails with the last one, and the server drops them all. */
async function uploadInVain(life: Life, file: RegisteredFile): Promise<void> {
  const { ledger, source } = life;
  const wrong = Buffer.from(source.bytes);
  wrong[0]! ^= 1;
  const answer = await sendOver(life, file, wrong).catch((error: unknown) => error);
  if (!(answer instanceof WrongBytes)) throw new Error(`wrong bytes of ${source.name} were taken`, { cause: answer });
  ledger.acknowledgeNext(file.id, 'START_UPLOAD');
  ledger.acknowledgeNext(file.id, 'FAIL_UPLOAD');
  await rest(life);
  await send(life, file, 'RETRY');
  await rest(life);
}

/** Its bytes are here and right: with the retry the server takes it to PROCESSING again by itself. */
async function processInVain(life: Life, file: RegisteredFile): Promise<void> {
  await send(life, file, 'FAIL_PROCESSING', UNREADABLE);
  await rest(life);
  await send(life, file, 'RETRY');
  life.ledger.acknowledgeNext(file.id, 'START_UPLOAD');
  life.ledger.acknowledgeNext(file.id, 'COMPLETE_UPLOAD');
  await rest(life);
}

async function sendOver(
  { source, uploadMs, retryMs, signal, tell }: Life,
  { uploadUrl }: RegisteredFile,
  bytes: Buffer,
  breakAfter?: number,
): Promise<number | null> {
  let resumedAt: number | null = null;
  const bytesPerSecond = (bytes.length / uploadMs) * 1_000;
  await using wire = await openWire({ url: uploadUrl, bytesPerSecond, breakAfter });
  await sendBytes({
    url: wire.through(uploadUrl),
    bytes,
    retryMs,
    signal,
    onCut: () => tell('connection cut', 'on purpose, with bytes on their way'),
    onResume: (offset) => {
      resumedAt = offset;
      tell('upload resumed', `at offset ${offset} of ${source.size}`);
    },
  });
  return resumedAt;
}

async function send(
  { api, ledger, source }: Life,
  file: RegisteredFile,
  event: string,
  failure?: FailureInput,
): Promise<void> {
  const answer = await api.transitionFile(file.id, event, failure);
  if (answer.__typename !== 'TransitionFileSuccess') {
    throw new Error(`${event} of ${source.name} was refused: ${answer.code} ${answer.message}`);
  }
  ledger.acknowledge({ fileId: file.id, version: answer.transition.version, what: event });
}

/** @returns how many events were refused, as they should be */
async function sendTooEarly({ api, source, tell }: Life, file: RegisteredFile): Promise<number> {
  const early = ['COMPLETE_PROCESSING', 'COMPLETE_UPLOAD'];
  for (const event of early) {
    const answer = await api.transitionFile(file.id, event);
    if (answer.__typename !== 'TransitionRejected') throw new Error(`${event} of ${source.name} was not refused`);
    tell(event, `refused: ${answer.code} ${answer.message}`);
  }
  return early.length;
}

const rest = async ({ restMs, signal }: Life): Promise<void> => await sleep(restMs, undefined, { signal });
