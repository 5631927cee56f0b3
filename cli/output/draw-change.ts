// A change of the stream as a line: time, id, name, event, from → to.
import type { Change, Progress } from '../api/follow.ts';
import { type Paper, type Screen, paint, styleOfState } from './screen.ts';
import { clean, cutStart, padEnd, padStart } from './text.ts';
import { formatBytes, formatClock, formatDuration, formatRate, percentOf } from './units.ts';

// Enough for whoever looks at the screen; a watch that runs for weeks must not remember every file it heard of.
const MOST_NAMES = 10_000;

/** The names of files, for the changes that do not tell them. */
export class Names {
  readonly #names = new Map<string, string>();

  learn(change: Change): void {
    if ('file' in change) this.set(change.fileId, change.file.name);
  }

  set(fileId: string, name: string): void {
    // To the end: the oldest is the first to go.
    this.#names.delete(fileId);
    this.#names.set(fileId, name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > MOST_NAMES && oldest !== undefined) this.#names.delete(oldest);
  }

  of(fileId: string): string {
    return this.#names.get(fileId) ?? '-';
  }
}

const EVENT_WIDTH = 'COMPLETE_PROCESSING'.length;
const STATE_WIDTH = 'PROCESSING'.length;
const NAME_WIDTH = 24;
const NARROWEST_NAME = 12;
// Clock, id, event, both states, and what is between them.
const WIDTH_OF_THE_REST = 12 + 41 + EVENT_WIDTH + 2 * STATE_WIDTH + 3 + 4 * 2;

export function drawChange(
  change: Change,
  names: Names,
  { paper, isTerminal }: Pick<Screen, 'paper' | 'isTerminal'>,
): string {
  const room = Math.max(NARROWEST_NAME, Math.min(NAME_WIDTH, paper.columns - WIDTH_OF_THE_REST));
  const name = clean(names.of(change.fileId));
  const time = isTerminal ? formatClock(change.occurredAt) : change.occurredAt;
  return [
    paint(paper, 'gray', time),
    change.fileId,
    padEnd(isTerminal ? cutStart(name, room) : name, room),
    ...drawEvent(change, paper),
  ]
    .join('  ')
    .trimEnd();
}

function drawEvent(change: Change, paper: Paper): string[] {
  const arrow = (from: string, to: string): string =>
    `${padStart(from, STATE_WIDTH)} → ${paint(paper, styleOfState(to), to)}`;
  switch (change.kind) {
    case 'REGISTERED':
      return [padEnd('REGISTERED', EVENT_WIDTH), arrow('', change.file.state)];
    case 'TRANSITIONED': {
      const { event, from, to } = change.transition;
      const { failure } = change.file;
      const why = failure === null ? [] : [clean(`${failure.code}: ${failure.message}`)];
      return [padEnd(event, EVENT_WIDTH), arrow(from, to), ...why];
    }
    case 'PROGRESSED':
      return [padEnd('progress', EVENT_WIDTH), drawProgress(change.progress)];
    case 'DELETED':
      return ['DELETED'];
  }
}

function drawProgress({ bytesReceived, size, bytesPerSecond, etaSeconds }: Progress): string {
  return [
    size === null ? formatBytes(bytesReceived) : `${percentOf(bytesReceived, size)} % of ${formatBytes(size)}`,
    ...(bytesPerSecond === null ? [] : [formatRate(bytesPerSecond)]),
    ...(etaSeconds === null ? [] : [`${formatDuration(etaSeconds)} left`]),
  ].join(', ');
}
