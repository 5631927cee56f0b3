// waybill upload: finds the files, uploads them, reports progress, and returns an exit code.
import { readFeedCursor } from '../api/feed-cursor.ts';
import type { Command, Context } from '../context.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Screen } from '../output/screen.ts';
import { clean, padStart } from '../output/text.ts';
import { formatBytes } from '../output/units.ts';
import type { Reporter } from '../upload/events.ts';
import { type FoundFile, type FoundFiles, type NotFound, findFiles } from '../upload/find-files.ts';
import { JsonReporter } from '../upload/report-json.ts';
import { LiveReporter } from '../upload/report-live.ts';
import { PlainReporter } from '../upload/report-plain.ts';
import { type SessionSettings, UploadSession } from '../upload/session.ts';
import { toServerName } from '../upload/server-name.ts';
import { Spool } from '../upload/spool.ts';

const SIZE_WIDTH = '1023 MiB'.length;

export interface UploadOptions extends SessionSettings {
  readonly paths: readonly string[];
  /** Of standard input, a FIFO or a single file. */
  readonly name?: string;
  readonly exclude: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const runUpload: Command<UploadOptions> = async (options, context) => {
  const { server, screen, signal } = context;
  const found = rename(await findFiles(options.paths, options, signal), options);
  for (const { path, reason } of found.skipped) screen.note(`waybill: ${clean(path)} was skipped: ${reason}`);
  if (options.dryRun === true) return printPlan(found, options, screen);
  // Fail with one clear line if the server is unreachable, instead of one per file.
  await readFeedCursor(server, signal);
  const spool = new Spool();
  try {
    const files = [...found.files];
    for (const stream of found.streams) files.push(await spool.copy(stream, (line) => screen.note(line), signal));
    return await uploadFiles(files, found.problems, options, context);
  } finally {
    await spool.remove();
  }
};

async function uploadFiles(
  files: readonly FoundFile[],
  problems: readonly NotFound[],
  options: UploadOptions,
  context: Context,
): Promise<number> {
  const { screen, signal } = context;
  const reporter = createReporter(screen, files, options);
  for (const problem of problems) reportProblem(reporter, problem);
  const summary = await new UploadSession(options, context, reporter).run(files);
  const failed = summary.failed + problems.length;
  reporter.end({ ...summary, failed });
  if (summary.unfinished > 0) screen.note('Not finished. Run the same command again to resume.');
  signal.throwIfAborted();
  return failed + summary.unfinished === 0 ? EXIT.ok : EXIT.failed;
}

/** @throws UsageError where --name is missing or has no single file to name */
function rename({ files, streams, ...rest }: FoundFiles, { name, paths }: UploadOptions): FoundFiles {
  if (name === undefined) {
    if (streams.some(({ path }) => path === '-')) throw new UsageError('Give standard input a name with --name.');
    return { files, streams, ...rest };
  }
  if (paths.length > 1 || files.some((file) => file.name.includes('/'))) {
    throw new UsageError('--name needs exactly one file, FIFO or - for standard input.');
  }
  const named = toServerName(name);
  return {
    files: files.map(({ path, size }) => ({ path, size, ...named })),
    streams: streams.map(({ path }) => ({ path, ...named })),
    ...rest,
  };
}

/** --dry-run: what would be uploaded, without asking the server. */
function printPlan({ files, streams, problems }: FoundFiles, { json }: UploadOptions, screen: Screen): number {
  for (const { path, name, size } of [...files, ...streams.map((stream) => ({ ...stream, size: null }))]) {
    if (json) screen.printJson({ event: 'planned', path, name, size });
    else screen.print(`${padStart(size === null ? '-' : formatBytes(size), SIZE_WIDTH)}  ${clean(name)}`);
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const count = files.length + streams.length;
  if (!json) screen.print(`${count} ${count === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}; nothing was uploaded`);
  for (const { path, reason } of problems) screen.note(`waybill: ${clean(path)}: ${reason}`);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}

function createReporter(screen: Screen, files: readonly FoundFile[], { json, wait }: UploadOptions): Reporter {
  if (json) return new JsonReporter(screen);
  return screen.isTerminal
    ? new LiveReporter(screen, files, wait === true)
    : new PlainReporter(screen, files, wait === true);
}

function reportProblem({ report }: Reporter, { path, reason }: NotFound): void {
  const job = { path, name: path, size: 0 };
  report({ kind: 'failed', job, id: null, code: 'SOURCE_UNREADABLE', message: `Cannot read the file: ${reason}.` });
}
