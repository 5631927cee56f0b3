// Uploads where somebody watches: bars for those under way, and a line for each that is done.
import { LiveArea } from '../output/live-area.ts';
import type { Screen } from '../output/screen.ts';
import { Board } from './board.ts';
import { drawBoard } from './draw-board.ts';
import type { Reporter, Tally, UploadEvent } from './events.ts';
import type { FoundFile } from './find-files.ts';
import { drawEvent, drawTally } from './lines.ts';

export class LiveReporter implements Reporter {
  readonly #screen: Screen;
  readonly #board: Board;
  readonly #area: LiveArea;
  /** What is the end of a file's way. */
  readonly #last: ReadonlySet<UploadEvent['kind']>;

  constructor(screen: Screen, jobs: readonly FoundFile[], isWaiting: boolean) {
    this.#screen = screen;
    this.#board = new Board(jobs, isWaiting);
    this.#last = new Set(isWaiting ? ['indexed', 'failed'] : ['uploaded', 'found', 'failed']);
    this.#area = new LiveArea(screen, () => drawBoard(this.#board, screen.paper, performance.now()));
  }

  readonly tell = (event: UploadEvent): void => {
    this.#board.apply(event, performance.now());
    const line = this.#last.has(event.kind) ? drawEvent(event, this.#screen.paper) : null;
    if (line !== null) this.#area.print(line);
  };

  end(tally: Tally): void {
    this.#area.close();
    this.#screen.print(drawTally(tally));
  }
}
