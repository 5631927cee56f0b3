// Detects a silent network: tus-js-client would wait for a response as long as TCP does.
import type { HttpResponse, Upload } from 'tus-js-client';

// A slow line may need this long to send what the kernel has buffered.
const SILENCE_MS = 120_000;
const RESTART_MS = 250;
const MAX_RESTARTS = 3;

/** Restarts an upload from the server's offset when no byte moves, and gives up after a few restarts without progress. */
export class Watchdog {
  readonly #upload: Upload;
  readonly #giveUp: () => void;
  readonly #silenceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #offset = -1;
  #restarts = 0;

  constructor(upload: Upload, giveUp: () => void, silenceMs = SILENCE_MS) {
    this.#upload = upload;
    this.#giveUp = giveUp;
    this.#silenceMs = silenceMs;
    const { options } = upload;
    const { onProgress, onAfterResponse } = options;
    options.onBeforeRequest = () => this.#onActivity();
    options.onProgress = (sent, total) => {
      this.#onActivity();
      onProgress?.(sent, total);
    };
    options.onAfterResponse = async (request, response) => {
      this.#onActivity();
      this.#onOffset(response);
      await onAfterResponse?.(request, response);
    };
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #onActivity(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#restart(), this.#silenceMs);
  }

  #onOffset(response: HttpResponse): void {
    const offset = Number(response.getHeader('Upload-Offset') ?? -1);
    if (offset <= this.#offset) return;
    this.#offset = offset;
    this.#restarts = 0;
  }

  #restart(): void {
    this.#restarts += 1;
    if (this.#restarts > MAX_RESTARTS) {
      this.#giveUp();
      return;
    }
    void this.#upload.abort();
    // Later, so that events of the aborted request are not mistaken for the new one's.
    this.#timer = setTimeout(() => this.#upload.start(), RESTART_MS);
  }
}
