// Formats upload events and the final summary as lines of text.
import { type LineFormat, type Style, paint } from '../output/screen.ts';
import { clean, padEnd } from '../output/text.ts';
import { formatBytes, formatDuration, formatRate, percentOf } from '../output/units.ts';
import type { Total } from './board.ts';
import type { UploadEvent, UploadSummary } from './events.ts';

type Delay = Extract<UploadEvent, { kind: 'delayed' }>;

const WIDTH = 'registered'.length;
const STYLES: Readonly<Record<string, Style>> = {
  uploaded: 'green',
  indexed: 'green',
  failed: 'red',
  delayed: 'yellow',
};

/** Null for events that get no line. */
export function formatEvent(event: UploadEvent, format: LineFormat): string | null {
  const words = wordsOf(event);
  if (words === null) return null;
  const [label, id, ...more] = words;
  const style = STYLES[event.kind] ?? 'gray';
  return [paint(format, style, padEnd(label, WIDTH)), id, clean(event.job.name), ...more].filter(Boolean).join('  ');
}

/** The label, the id, and the columns after the name. */
function wordsOf(event: UploadEvent): [label: string, id: string, ...more: string[]] | null {
  const size = formatBytes(event.job.size);
  switch (event.kind) {
    case 'started':
    case 'read':
    case 'progressed':
    case 'processing':
      return null;
    case 'registered':
      return ['registered', event.file.id, size];
    case 'resumed':
      return ['resumed', event.file.id, `${percentOf(event.bytes, event.job.size)} % of ${size} already uploaded`];
    case 'delayed':
      return ['delayed', '', describeDelay(event)];
    case 'uploaded':
      return ['uploaded', event.file.id, size, `in ${formatDuration(event.seconds)}`];
    case 'found':
      return ['found', event.file.id, size, 'already uploaded'];
    case 'indexed':
      return ['indexed', event.file.id];
    case 'failed':
      return ['failed', event.id ?? '', clean(`${event.code}: ${event.message}`)];
  }
}

/** The seconds first: a narrow terminal cuts the reason. */
export function describeDelay({ reason, retryMs }: Delay): string {
  return `trying again in ${formatDuration(retryMs / 1_000)}: ${clean(reason)}`;
}

/** Such as `progress    3 of 10 files  45 % of 1.0 GiB  10 MiB/s  1:20 left`. */
export function formatProgress({ files, done, processing, size, bytes, meter }: Total, at: number): string {
  const rate = meter.rate(at);
  const left = meter.secondsLeft(size - bytes, at);
  return [
    padEnd('progress', WIDTH),
    `${done} of ${files} ${files === 1 ? 'file' : 'files'}`,
    `${percentOf(bytes, size)} % of ${formatBytes(size)}`,
    ...(rate === null || done === files ? [] : [formatRate(rate)]),
    ...(left === null || done === files ? [] : [`${formatDuration(Math.ceil(left))} left`]),
    ...(processing === 0 ? [] : [`${processing} being processed`]),
  ].join('  ');
}

export function formatSummary(summary: UploadSummary): string {
  const { uploaded, found, indexed, failed, unfinished, bytes, seconds } = summary;
  const counts: [number, string][] = [
    [uploaded, 'uploaded'],
    [found, 'already uploaded'],
    [indexed, 'indexed'],
    [failed, 'failed'],
    [unfinished, 'not finished'],
  ];
  const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const rate = bytes === 0 || seconds === 0 ? '' : ` (${formatRate(bytes / seconds)})`;
  return `${told.join(', ') || 'nothing to upload'}; ${formatBytes(bytes)} in ${formatDuration(seconds)}${rate}`;
}
