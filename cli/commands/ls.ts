// waybill ls: lists the newest files, one per line.
import type { FileFacts, FileState } from '../api/files.ts';
import { listFiles } from '../api/lists.ts';
import type { Command } from '../context.ts';
import { EXIT } from '../errors.ts';
import { type Screen, paint, styleOfState } from '../output/screen.ts';
import { type Column, drawTable } from '../output/table.ts';
import { clean, cutStart } from '../output/text.ts';
import { formatAge, formatBytes, percentOf } from '../output/units.ts';

export interface ListOptions {
  /** Empty: all states. */
  readonly state: readonly FileState[];
  readonly name?: string;
  readonly limit: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export const runList: Command<ListOptions> = async (options, { server, screen, signal }) => {
  const { state, name, limit } = options;
  const filter = { states: state.length === 0 ? null : state, nameContains: name ?? null };
  const { files, hasMore } = await listFiles(server, filter, limit, signal);
  if (options.json) files.forEach((file) => screen.printJson(file));
  else if (options.quiet) files.forEach(({ id }) => screen.print(id));
  else printTable(files, screen);
  if (!options.json && !options.quiet && screen.isTerminal) noteRest(files.length, hasMore, screen);
  return EXIT.ok;
};

function noteRest(count: number, hasMore: boolean, screen: Screen): void {
  if (count === 0) screen.note('No files.');
  else if (hasMore) screen.note(`Showing the newest ${count}; use --limit to see more.`);
}

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'SIZE', alignment: 'right' },
  { title: 'UPDATED', alignment: 'right' },
  { title: 'NAME' },
];

// On a terminal too narrow for the name, the terminal wraps the line.
const NARROWEST_NAME = 16;
// Id, state with percent, size and age, and the gaps between them.
const WIDTH_OF_THE_REST = 41 + 14 + 8 + 7 + 4 * 2;

function printTable(files: readonly FileFacts[], screen: Screen): void {
  const { isTerminal, format } = screen;
  if (files.length === 0) return;
  const now = Date.now();
  const nameWidth = Math.max(NARROWEST_NAME, format.columns - WIDTH_OF_THE_REST);
  const rows = files.map((file) => [
    file.id,
    paint(format, styleOfState(file.state), isTerminal ? describeState(file) : file.state),
    drawSize(file.size, isTerminal),
    isTerminal ? formatAge(file.updatedAt, now) : file.updatedAt,
    cutStart(clean(file.name), nameWidth),
  ]);
  for (const line of drawTable(COLUMNS, rows, format, { heading: isTerminal })) screen.print(line);
}

/** A plain number when a program reads it. */
function drawSize(size: number | null, isTerminal: boolean): string {
  if (size === null) return '-';
  return isTerminal ? formatBytes(size) : String(size);
}

/** With the percentage received, while uploading. */
function describeState({ state, size, bytesReceived }: FileFacts): string {
  return state === 'UPLOADING' && size !== null ? `${state} ${percentOf(bytesReceived, size)}%` : state;
}
