// Formats a change as one line: time, id, name, event, from → to.
import type { Change, Progress } from '../api/follow-changes.ts';
import { type LineFormat, type Screen, paint, styleOfState } from './screen.ts';
import { clean, cutStart, padEnd, padStart } from './text.ts';
import { describeProcessing, formatBytes, formatClock, formatDuration, formatRate, percentOf } from './units.ts';

// A watch that runs for weeks must not remember every file it has seen.
const MAX_NAMES = 10_000;

/** Names of files, for changes that do not carry them. */
export class Names {
  readonly #names = new Map<string, string>();

  learn(change: Change): void {
    if ('file' in change) this.set(change.fileId, change.file.name);
  }

  set(fileId: string, name: string): void {
    // Moves the entry to the end: the least recently seen is dropped first.
    this.#names.delete(fileId);
    this.#names.set(fileId, name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > MAX_NAMES && oldest !== undefined) this.#names.delete(oldest);
  }

  of(fileId: string): string {
    return this.#names.get(fileId) ?? '-';
  }
}

const EVENT_WIDTH = 'COMPLETE_PROCESSING'.length;
const STATE_WIDTH = 'PROCESSING'.length;
const NAME_WIDTH = 24;
const MIN_NAME_WIDTH = 12;
// Clock, id, event, both states, and the gaps between them.
const WIDTH_OF_THE_REST = 12 + 41 + EVENT_WIDTH + 2 * STATE_WIDTH + 3 + 4 * 2;

export function formatChange(
  change: Change,
  names: Names,
  { format, isTerminal }: Pick<Screen, 'format' | 'isTerminal'>,
): string {
  const room = Math.max(MIN_NAME_WIDTH, Math.min(NAME_WIDTH, format.columns - WIDTH_OF_THE_REST));
  const name = clean(names.of(change.fileId));
  const time = isTerminal ? formatClock(change.occurredAt) : change.occurredAt;
  return [
    paint(format, 'gray', time),
    change.fileId,
    padEnd(isTerminal ? cutStart(name, room) : name, room),
    ...formatEvent(change, format),
  ]
    .join('  ')
    .trimEnd();
}

function formatEvent(change: Change, format: LineFormat): string[] {
  const arrow = (from: string, to: string): string =>
    `${padStart(from, STATE_WIDTH)} → ${paint(format, styleOfState(to), to)}`;
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

function drawProgress(progress: Progress): string {
  const { bytesReceived, size, bytesPerSecond, etaSeconds, phase, fraction, message } = progress;
  if (phase === 'QUEUED') return 'waiting for a worker';
  if (phase === 'RUNNING') return describeProcessing(fraction, message);
  return [
    size === null ? formatBytes(bytesReceived) : `${percentOf(bytesReceived, size)} % of ${formatBytes(size)}`,
    ...(bytesPerSecond === null ? [] : [formatRate(bytesPerSecond)]),
    ...(etaSeconds === null ? [] : [`${formatDuration(etaSeconds)} left`]),
  ].join(', ');
}
