// waybill show: prints one file and its history.
import type { FileFacts } from '../api/files.ts';
import { type History, type Transition, readHistory } from '../api/lists.ts';
import type { Command } from '../context.ts';
import { EXIT, Refused } from '../errors.ts';
import { type LineFormat, paint, styleOfState } from '../output/screen.ts';
import { drawTable } from '../output/table.ts';
import { clean } from '../output/text.ts';
import { formatAge, formatBytes, formatDuration, formatTime, percentOf } from '../output/units.ts';

export interface ShowOptions {
  readonly id: string;
  readonly json?: boolean;
}

export const runShow: Command<ShowOptions> = async ({ id, json }, { server, screen, signal }) => {
  const history = await readHistory(server, id, signal);
  if (history === null) throw new Refused('FILE_NOT_FOUND', `There is no file ${id}.`);
  const { file, transitions } = history;
  if (json) screen.printJson({ ...file, transitions });
  else
    for (const line of [...drawFacts(file, screen.format), '', ...drawTimeline(history, screen.format)])
      screen.print(line);
  return EXIT.ok;
};

function describeSize({ size, bytesReceived, state }: FileFacts): string {
  if (size === null) return `unknown, ${formatBytes(bytesReceived)} received`;
  const received = state === 'INDEXED' ? '' : `, ${percentOf(bytesReceived, size)} % received`;
  return `${formatBytes(size)} (${size} bytes)${received}`;
}

function describeState({ state, failure }: FileFacts, format: LineFormat): string {
  const shown = paint(format, styleOfState(state), state);
  if (failure === null) return shown;
  return `${shown}  ${clean(`${failure.code}: ${failure.message}`)}${failure.retryable ? '' : ' (cannot be retried)'}`;
}

function drawFacts(file: FileFacts, format: LineFormat): string[] {
  const facts: [string, string][] = [
    ['id', file.id],
    ['state', describeState(file, format)],
    ['accepts', file.allowedEvents.join(', ') || 'nothing'],
    ['size', describeSize(file)],
    ['type', clean(file.contentType)],
    ['sha256', file.sha256 ?? '-'],
    ['transfer', file.transfer],
    ['attempts', `${file.attempts} of ${file.maxAttempts}`],
    ['metadata', clean(JSON.stringify(file.metadata))],
    ['created', `${formatTime(file.createdAt)}, ${formatAge(file.createdAt, Date.now())} ago`],
  ];
  const rows = facts.map(([label, value]) => [paint(format, 'gray', `  ${label}`), value]);
  const columns = [{ title: '' }, { title: '' }];
  return [paint(format, 'bold', clean(file.name)), ...drawTable(columns, rows, format, { heading: false })];
}

const COLUMNS = [
  { title: 'V', alignment: 'right' },
  { title: 'TIME' },
  { title: 'AFTER', alignment: 'right' },
  { title: 'EVENT' },
  { title: 'FROM' },
  { title: '' },
  { title: 'TO' },
  { title: 'BY' },
  { title: 'WHY' },
] as const;

/** One line for the registration and one for each transition, with the time since the previous one. */
function drawTimeline({ file, transitions }: History, format: LineFormat): string[] {
  const registered = ['0', formatTime(file.createdAt), '', 'registered', '', '', 'UNTRACKED', '', ''];
  const lines = transitions.map((transition, index) => {
    const before = transitions[index - 1]?.occurredAt ?? file.createdAt;
    return drawTransition(transition, before, format);
  });
  return drawTable(COLUMNS, [registered, ...lines], format, { heading: true });
}

function drawTransition(transition: Transition, before: string, format: LineFormat): string[] {
  const { version, occurredAt, event, from, to, actor, failure } = transition;
  const seconds = (Date.parse(occurredAt) - Date.parse(before)) / 1_000;
  return [
    String(version),
    formatTime(occurredAt),
    `+${formatDuration(Math.max(0, seconds))}`,
    event,
    from,
    '→',
    paint(format, styleOfState(to), to),
    clean(actor),
    failure === null ? '' : clean(`${failure.code}: ${failure.message}`),
  ];
}
