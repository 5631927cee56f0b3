// waybill upload: finds the files, uploads them, tells how it goes, and answers with an exit code.
import { readFeedCursor } from '../api/follow.ts';
import type { Command, Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import type { Screen } from '../output/screen.ts';
import { clean } from '../output/text.ts';
import type { Reporter, Tally } from '../upload/events.ts';
import { type Findings, type FoundFile, findFiles } from '../upload/find-files.ts';
import { JsonReporter } from '../upload/report-json.ts';
import { LiveReporter } from '../upload/report-live.ts';
import { PlainReporter } from '../upload/report-plain.ts';
import { ResumeStore } from '../upload/resume-store.ts';
import { runUploads } from '../upload/run-uploads.ts';
import { Settlements } from '../upload/settle.ts';
import { type UploadSettings, uploadFile } from '../upload/upload-file.ts';

export interface UploadOptions extends UploadSettings {
  readonly paths: readonly string[];
  readonly parallel: number;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export const runUpload: Command<UploadOptions> = async (options, context) => {
  const { screen, signal } = context;
  const findings = await findFiles(options.paths, signal);
  for (const { path, reason } of findings.skipped) screen.note(`waybill: ${clean(path)} is left out: ${reason}`);
  // One clear line if there is no server, instead of one for each file.
  await readFeedCursor(context.server, signal);
  const tally = await uploadAll(findings, options, context);
  if (tally.unfinished > 0) screen.note('Not all is done. The same command again goes on where this one stopped.');
  signal.throwIfAborted();
  return tally.failed + tally.unfinished === 0 ? EXIT.ok : EXIT.failed;
};

async function uploadAll({ files, problems }: Findings, options: UploadOptions, context: Context): Promise<Tally> {
  const { server, screen, stateDir, signal } = context;
  const store = new ResumeStore(stateDir);
  await store.prune(Date.now());
  const reporter = createReporter(screen, files, options);
  const settlements = options.wait === true ? await Settlements.begin(server, signal) : null;
  try {
    for (const { path, reason } of problems) tellProblem(reporter, path, reason);
    const run = {
      jobs: files,
      parallel: options.parallel,
      upload: (job: FoundFile, tell: Reporter['tell']) =>
        uploadFile({ server, store, settings: options, job, tell }, signal),
      settle: settlements === null ? null : (id: string) => settlements.settle(id),
      tell: reporter.tell,
    };
    const tally = await runUploads(run, signal);
    const all = { ...tally, failed: tally.failed + problems.length };
    reporter.end(all);
    return all;
  } finally {
    settlements?.stop();
  }
}

function createReporter(screen: Screen, files: readonly FoundFile[], { json, wait }: UploadOptions): Reporter {
  if (json) return new JsonReporter(screen);
  return screen.isTerminal ? new LiveReporter(screen, files, wait === true) : new PlainReporter(screen);
}

function tellProblem({ tell }: Reporter, path: string, reason: string): void {
  const job = { path, name: path, size: 0 };
  tell({ kind: 'failed', job, id: null, code: 'SOURCE_UNREADABLE', message: `It cannot be read: ${reason}.` });
}
