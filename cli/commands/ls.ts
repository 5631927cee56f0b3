// waybill ls: the newest files, a line each.
import type { FileFacts, FileState } from '../api/files.ts';
import { listFiles } from '../api/lists.ts';
import type { Command } from '../context.ts';
import { EXIT } from '../errors.ts';
import { type Screen, paint, styleOfState } from '../output/screen.ts';
import { type Column, drawTable } from '../output/table.ts';
import { clean, cutStart } from '../output/text.ts';
import { formatAge, formatBytes, percentOf } from '../output/units.ts';

export interface ListOptions {
  /** None: all of them. */
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
  else if (hasMore) screen.note(`These are the newest ${count}; there are more (--limit).`);
}

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'SIZE', alignment: 'right' },
  { title: 'UPDATED', alignment: 'right' },
  { title: 'NAME' },
];

// Of a terminal that is too narrow for anything of it, a name takes a line of its own.
const NARROWEST_NAME = 16;
// Id, state with percent, size and age, and what is between them.
const WIDTH_OF_THE_REST = 41 + 14 + 8 + 7 + 4 * 2;

function printTable(files: readonly FileFacts[], screen: Screen): void {
  const { isTerminal, paper } = screen;
  if (files.length === 0) return;
  const now = Date.now();
  const nameWidth = Math.max(NARROWEST_NAME, paper.columns - WIDTH_OF_THE_REST);
  const rows = files.map((file) => [
    file.id,
    paint(paper, styleOfState(file.state), isTerminal ? describeState(file) : file.state),
    drawSize(file.size, isTerminal),
    isTerminal ? formatAge(file.updatedAt, now) : file.updatedAt,
    cutStart(clean(file.name), nameWidth),
  ]);
  for (const line of drawTable(COLUMNS, rows, paper, { heading: isTerminal })) screen.print(line);
}

/** For a program, a number. */
function drawSize(size: number | null, isTerminal: boolean): string {
  if (size === null) return '-';
  return isTerminal ? formatBytes(size) : String(size);
}

/** Where a bar would be: how much of it has arrived. */
function describeState({ state, size, bytesReceived }: FileFacts): string {
  return state === 'UPLOADING' && size !== null ? `${state} ${percentOf(bytesReceived, size)}%` : state;
}
