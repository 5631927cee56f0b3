// What each file of the demo goes through. It sends operations and bytes; what became of them comes from the subscription.
import { setTimeout as sleep } from 'node:timers/promises';
import type { LifecycleEvent } from '../../packages/client/src/index.ts';
import type { Api, FileFacts } from './api.ts';
import type { Entry } from './changes.ts';
import type { Source } from './sources.ts';
import { BY_HAND } from './instance.ts';
import { ChecksumMismatch, sendBytes } from './upload.ts';

/** What goes wrong, in the first attempt only. */
export type Mishap = 'connection is cut' | 'wrong bytes' | 'processing fails' | 'events too early' | 'none';

export interface Tempo {
  /** How long the bytes of a file take, at least. */
  readonly uploadMs: number;
  /** Pause before an upload is resumed. */
  readonly retryMs: number;
  /** Pause in each state, for a person to see it. */
  readonly restMs: number;
  /** Between the starts of two files. */
  readonly staggerMs: number;
}

export interface Scenario {
  readonly api: Api;
  readonly source: Source;
  readonly mishap: Mishap;
  readonly tempo: Tempo;
  readonly startAfterMs: number;
  readonly signal: AbortSignal;
  /** Resolves when the subscription has shown that the worker is done with a file. */
  readonly untilProcessed: (fileId: string) => Promise<FileFacts>;
  /** Prints what is no change of the file, so that the subscription does not show it. */
  readonly print: (what: string, note: string) => void;
}

/** What the client knows of a file in the end. */
export interface Outcome {
  readonly fileId: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** What the server has acknowledged, by version. */
  readonly acknowledged: readonly Entry[];
  /** Events the server refused, as intended. */
  readonly refusals: number;
  readonly wasCut: boolean;
  /** Whether this program was its worker. */
  readonly isByHand: boolean;
  /** The offset at which the upload resumed after a cut. */
  readonly resumedAt: number | null;
}

const TOO_EARLY = ['COMPLETE_PROCESSING', 'COMPLETE_UPLOAD'] as const;

export class ScenarioRun {
  readonly #scenario: Scenario;
  readonly #acknowledged: string[] = [];
  #file = { id: '', uploadUrl: '' };
  #resumedAt: number | null = null;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  async run(): Promise<Outcome> {
    const { api, source, mishap, startAfterMs, signal } = this.#scenario;
    const isByHand = mishap === 'processing fails';
    this.#file = await api.registerFile(isByHand ? { ...source, contentType: BY_HAND } : source);
    this.#acknowledged.push('REGISTERED');
    await sleep(startAfterMs, undefined, { signal });
    if (mishap === 'events too early') await this.#sendTooEarly();
    if (mishap === 'wrong bytes') await this.#uploadWrongBytes();
    await this.#upload(source.bytes, mishap === 'connection is cut' ? source.size / 2 : Infinity);
    // The server's own events: the first byte and the last one, with the right checksum, are acknowledged.
    this.#acknowledged.push('START_UPLOAD', 'COMPLETE_UPLOAD');
    if (isByHand) await this.#processByHand();
    else await this.#waitForWorker();
    const { id: fileId } = this.#file;
    return {
      ...source,
      fileId,
      acknowledged: this.#acknowledged.map((what, version) => ({ fileId, version, what })),
      refusals: mishap === 'events too early' ? TOO_EARLY.length : 0,
      wasCut: mishap === 'connection is cut',
      isByHand,
      resumedAt: this.#resumedAt,
    };
  }

  async #upload(bytes: Buffer, cutAt = Infinity): Promise<void> {
    const { tempo, signal, print } = this.#scenario;
    await sendBytes({
      url: this.#file.uploadUrl,
      bytes,
      durationMs: tempo.uploadMs,
      retryMs: tempo.retryMs,
      signal,
      cutAt,
      onCut: () => print('connection cut', 'on purpose, in the middle of the bytes'),
      onResume: (offset) => {
        this.#resumedAt = offset;
        print('upload resumed', `at offset ${offset} of ${bytes.length}`);
      },
    });
  }

  /** One byte differs from what was declared: the upload fails with the last byte, and the server discards them all. */
  async #uploadWrongBytes(): Promise<void> {
    const { bytes, name } = this.#scenario.source;
    const wrong = Buffer.from(bytes);
    wrong[0]! ^= 1;
    const error = await this.#upload(wrong).catch((reason: unknown) => reason);
    if (!(error instanceof ChecksumMismatch)) throw new Error(`wrong bytes of ${name} were accepted`, { cause: error });
    this.#acknowledged.push('START_UPLOAD', 'FAIL_UPLOAD');
    await this.#rest();
    await this.#send('RETRY');
    await this.#rest();
  }

  async #waitForWorker(): Promise<void> {
    const { source, untilProcessed } = this.#scenario;
    const { failure } = await untilProcessed(this.#file.id);
    if (failure !== null) throw new Error(`${source.name} was not processed: ${failure.code} ${failure.message}`);
    this.#acknowledged.push('COMPLETE_PROCESSING');
  }

  /** The bytes are kept: after RETRY the server takes the file to PROCESSING by itself. */
  async #processByHand(): Promise<void> {
    await this.#rest();
    await this.#send('FAIL_PROCESSING', { code: 'INDEXER_BUSY', message: 'The indexer had no room.' });
    await this.#rest();
    await this.#send('RETRY');
    this.#acknowledged.push('START_UPLOAD', 'COMPLETE_UPLOAD');
    await this.#rest();
    await this.#send('COMPLETE_PROCESSING');
  }

  async #send(event: LifecycleEvent, failure?: FileFacts['failure']): Promise<void> {
    const result = await this.#scenario.api.transitionFile(this.#file.id, event, failure);
    const version = result.__typename === 'TransitionFileSuccess' ? result.transition.version : null;
    if (version !== this.#acknowledged.length) {
      throw new Error(`${event} of ${this.#scenario.source.name} was answered ${JSON.stringify(result)}`);
    }
    this.#acknowledged.push(event);
  }

  async #sendTooEarly(): Promise<void> {
    for (const event of TOO_EARLY) {
      const result = await this.#scenario.api.transitionFile(this.#file.id, event);
      if (result.__typename !== 'TransitionRejected') throw new Error(`${event} was not refused`);
      this.#scenario.print(event, `refused: ${result.code} ${result.message}`);
    }
  }

  readonly #rest = async (): Promise<void> =>
    await sleep(this.#scenario.tempo.restMs, undefined, { signal: this.#scenario.signal });
}
