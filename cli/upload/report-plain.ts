// Reports uploads without a terminal: one line per event, and one every few seconds while bytes are sent.
import type { Screen } from '../output/screen.ts';
import { Board } from './board.ts';
import type { Reporter, UploadEvent, UploadSummary } from './events.ts';
import type { FoundFile } from './find-files.ts';
import { formatEvent, formatProgress, formatSummary } from './format-event.ts';

const EVERY_MS = 5_000;

export class PlainReporter implements Reporter {
  readonly #screen: Screen;
  readonly #board: Board;
  readonly #timer: NodeJS.Timeout;
  #last = '';

  constructor(screen: Screen, jobs: readonly FoundFile[], isWaiting: boolean) {
    this.#screen = screen;
    this.#board = new Board(jobs, isWaiting);
    this.#timer = setInterval(() => this.#printProgress(), EVERY_MS).unref();
  }

  readonly report = (event: UploadEvent): void => {
    this.#board.apply(event, performance.now());
    const line = formatEvent(event, this.#screen.format);
    if (line !== null) this.#screen.print(line);
  };

  note(line: string): void {
    this.#screen.note(line);
  }

  end(summary: UploadSummary): void {
    clearInterval(this.#timer);
    this.#screen.print(formatSummary(summary));
  }

  #printProgress(): void {
    const line = formatProgress(this.#board.total, performance.now());
    if (line !== this.#last) this.#screen.print(line);
    this.#last = line;
  }
}
