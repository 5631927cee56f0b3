// Uploads where nobody watches: a line for each thing that happens.
import type { Screen } from '../output/screen.ts';
import type { Reporter, Tally, UploadEvent } from './events.ts';
import { drawEvent, drawTally } from './lines.ts';

export class PlainReporter implements Reporter {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  readonly tell = (event: UploadEvent): void => {
    const line = drawEvent(event, this.#screen.paper);
    if (line !== null) this.#screen.print(line);
  };

  end(tally: Tally): void {
    this.#screen.print(drawTally(tally));
  }
}
