// Reports uploads on a terminal: bars for those in progress, a line for each that is done.
import { LiveArea } from '../output/live-area.ts';
import type { Screen } from '../output/screen.ts';
import { Board } from './board.ts';
import { drawBoard } from './draw-board.ts';
import type { Reporter, UploadSummary, UploadEvent } from './events.ts';
import type { FoundFile } from './find-files.ts';
import { formatEvent, formatSummary } from './format-event.ts';

export class LiveReporter implements Reporter {
  readonly #screen: Screen;
  readonly #board: Board;
  readonly #area: LiveArea;
  /** Events that end the upload of a file. */
  readonly #final: ReadonlySet<UploadEvent['kind']>;

  constructor(screen: Screen, jobs: readonly FoundFile[], isWaiting: boolean) {
    this.#screen = screen;
    this.#board = new Board(jobs, isWaiting);
    this.#final = new Set(isWaiting ? ['indexed', 'failed'] : ['uploaded', 'found', 'failed']);
    this.#area = new LiveArea(screen, () => drawBoard(this.#board, screen.format, performance.now()));
  }

  readonly report = (event: UploadEvent): void => {
    this.#board.apply(event, performance.now());
    const line = this.#final.has(event.kind) ? formatEvent(event, this.#screen.format) : null;
    if (line !== null) this.#area.print(line);
  };

  /** Above the bars: written to standard error, it would be drawn over. */
  note(line: string): void {
    this.#area.print(line);
  }

  end(summary: UploadSummary): void {
    this.#area.close();
    this.#screen.print(formatSummary(summary));
  }
}
