// Uploads in words: what has happened to one file, and the last word on all.
import { type Paper, type Style, paint } from '../output/screen.ts';
import { clean, padEnd } from '../output/text.ts';
import { formatBytes, formatDuration, formatRate, percentOf } from '../output/units.ts';
import type { Tally, UploadEvent } from './events.ts';

const WIDTH = 'registered'.length;
const STYLES: Readonly<Record<string, Style>> = {
  uploaded: 'green',
  indexed: 'green',
  failed: 'red',
  delayed: 'yellow',
};

/** Null for what is no news of its own. */
export function drawEvent(event: UploadEvent, paper: Paper): string | null {
  const words = wordsOf(event);
  if (words === null) return null;
  const [label, id, ...more] = words;
  const style = STYLES[event.kind] ?? 'gray';
  return [paint(paper, style, padEnd(label, WIDTH)), id, clean(event.job.name), ...more].filter(Boolean).join('  ');
}

/** The label, the id, and what comes behind the name. */
function wordsOf(event: UploadEvent): [label: string, id: string, ...more: string[]] | null {
  const size = formatBytes(event.job.size);
  switch (event.kind) {
    case 'started':
    case 'read':
    case 'progressed':
      return null;
    case 'registered':
      return ['registered', event.file.id, size];
    case 'resumed':
      return ['resumed', event.file.id, `${percentOf(event.bytes, event.job.size)} % of ${size} is there`];
    case 'delayed':
      return ['delayed', '', clean(event.reason)];
    case 'uploaded':
      return ['uploaded', event.file.id, size, `in ${formatDuration(event.seconds)}`];
    case 'found':
      return ['found', event.file.id, size, 'uploaded before'];
    case 'indexed':
      return ['indexed', event.file.id];
    case 'failed':
      return ['failed', event.id ?? '', clean(`${event.code}: ${event.message}`)];
  }
}

export function drawTally(tally: Tally): string {
  const { uploaded, found, indexed, failed, unfinished, bytes, seconds } = tally;
  const counts: [number, string][] = [
    [uploaded, 'uploaded'],
    [found, 'uploaded before'],
    [indexed, 'indexed'],
    [failed, 'failed'],
    [unfinished, 'not finished'],
  ];
  const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const rate = bytes === 0 || seconds === 0 ? '' : ` (${formatRate(bytes / seconds)})`;
  return `${told.join(', ') || 'nothing to upload'}; ${formatBytes(bytes)} in ${formatDuration(seconds)}${rate}`;
}
