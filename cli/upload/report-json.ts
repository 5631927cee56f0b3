// Uploads for scripts: one JSON object a line.
import type { Screen } from '../output/screen.ts';
import type { Reporter, Tally, UploadEvent } from './events.ts';

const EVERY_MS = 1_000;

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(event: UploadEvent): Fields {
  switch (event.kind) {
    case 'started':
      return {};
    case 'read':
    case 'progressed':
    case 'resumed':
      return { bytes: event.bytes };
    case 'registered':
    case 'found':
    case 'indexed':
      return { state: event.file.state };
    case 'uploaded':
      return { state: event.file.state, seconds: event.seconds };
    case 'delayed':
      return { reason: event.reason };
    case 'failed':
      return { id: event.id, code: event.code, message: event.message };
  }
}

export class JsonReporter implements Reporter {
  readonly #screen: Screen;
  /** When the progress of each path was told last. */
  readonly #told = new Map<string, number>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  readonly tell = (event: UploadEvent): void => {
    const { kind, job } = event;
    if ((kind === 'progressed' || kind === 'read') && !this.#isDue(job.path)) return;
    if (kind === 'uploaded' || kind === 'failed') this.#told.delete(job.path);
    const id = 'file' in event ? { id: event.file.id } : {};
    const { path, name, size } = job;
    this.#screen.printJson({ event: kind, path, name, size, ...id, ...fieldsOf(event) });
  };

  end(tally: Tally): void {
    this.#screen.printJson({ event: 'summary', ...tally });
  }

  #isDue(path: string): boolean {
    const now = performance.now();
    if (now - (this.#told.get(path) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return false;
    this.#told.set(path, now);
    return true;
  }
}
