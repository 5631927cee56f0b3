// A network that has gone away without a word: tus-js-client would wait for an answer for as long as TCP does.
import type { HttpResponse, Upload } from 'tus-js-client';

// A slow line may need so long for what the kernel has taken of a chunk.
const SILENCE_MS = 120_000;
const RESTART_MS = 250;
const MOST_IN_A_ROW = 3;

/** Begins an upload anew from the server's offset when nothing moves, and gives up when that does not help either. */
export class Watchdog {
  readonly #upload: Upload;
  readonly #giveUp: () => void;
  readonly #silenceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #offset = -1;
  #inARow = 0;

  constructor(upload: Upload, giveUp: () => void, silenceMs = SILENCE_MS) {
    this.#upload = upload;
    this.#giveUp = giveUp;
    this.#silenceMs = silenceMs;
    const { options } = upload;
    const { onProgress } = options;
    options.onBeforeRequest = () => this.#note();
    options.onProgress = (sent, total) => {
      this.#note();
      onProgress?.(sent, total);
    };
    options.onAfterResponse = (_request, response) => {
      this.#note();
      this.#noteOffset(response);
    };
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #note(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#beginAnew(), this.#silenceMs);
  }

  #noteOffset(response: HttpResponse): void {
    const offset = Number(response.getHeader('Upload-Offset') ?? -1);
    if (offset <= this.#offset) return;
    this.#offset = offset;
    this.#inARow = 0;
  }

  #beginAnew(): void {
    this.#inARow += 1;
    if (this.#inARow > MOST_IN_A_ROW) {
      this.#giveUp();
      return;
    }
    void this.#upload.abort();
    // Later: what the aborted request still has to say is for nobody.
    this.#timer = setTimeout(() => this.#upload.start(), RESTART_MS);
  }
}
