// Reports uploads for scripts: one JSON object per line.
import type { Screen } from '../output/screen.ts';
import type { Reporter, UploadSummary, UploadEvent } from './events.ts';

const EVERY_MS = 1_000;

/** Reported once in EVERY_MS. */
const FREQUENT: ReadonlySet<UploadEvent['kind']> = new Set(['progressed', 'read', 'processing']);

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
    case 'processing':
      return { id: event.id, fraction: event.fraction, message: event.message };
    case 'delayed':
      return { reason: event.reason, retrySeconds: event.retryMs / 1_000 };
    case 'failed':
      return { id: event.id, code: event.code, message: event.message };
  }
}

export class JsonReporter implements Reporter {
  readonly #screen: Screen;
  /** When the progress of each path was last reported. */
  readonly #reported = new Map<string, number>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  readonly report = (event: UploadEvent): void => {
    const { kind, job } = event;
    if (FREQUENT.has(kind) && !this.#isDue(job.path)) return;
    if (kind === 'uploaded' || kind === 'indexed' || kind === 'failed') this.#reported.delete(job.path);
    const id = 'file' in event ? { id: event.file.id } : {};
    const { path, name, size } = job;
    this.#screen.printJson({ event: kind, path, name, size, ...id, ...fieldsOf(event) });
  };

  note(line: string): void {
    this.#screen.note(line);
  }

  end(summary: UploadSummary): void {
    this.#screen.printJson({ event: 'summary', ...summary });
  }

  #isDue(path: string): boolean {
    const now = performance.now();
    if (now - (this.#reported.get(path) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return false;
    this.#reported.set(path, now);
    return true;
  }
}
