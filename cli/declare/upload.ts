// waybill upload: its arguments and options.
import { type Command as Commander, Option } from 'commander';
import type { UploadOptions } from '../commands/upload.ts';
import { collectPairs, collectTexts, parseCount, parseSize } from '../options.ts';
import { JSON_OPTION, type Run } from './shared.ts';

const CHUNK_SIZE = new Option('--chunk-size <size>', 'maximum bytes per request, such as 8MiB')
  .argParser(parseSize)
  .default(64 * 1_024 ** 2, '64MiB');
const LIMIT_RATE = new Option(
  '--limit-rate <size>',
  'maximum bytes per second of all uploads together, such as 500KiB',
).argParser(parseSize);
const EXCLUDE = new Option('--exclude <pattern>', 'leave out files and folders that match, such as *.tmp (repeatable)')
  .argParser(collectTexts)
  .default([], 'none');
const METADATA = new Option(
  '-m, --metadata <key=value>',
  'store this with each file (repeatable); modifiedAt is always stored, and originalName if the name has control characters, which are escaped',
)
  .argParser(collectPairs)
  .default({}, 'none');

export function addUpload(program: Commander, run: Run): void {
  program
    .command('upload')
    .description(
      'Upload files, and folders with everything in them. Run the same command again to resume after an interruption.',
    )
    .argument(
      '<path...>',
      'files and folders; - for standard input, which is copied to a temporary file ($TMPDIR) first',
    )
    .option('--name <name>', 'name of standard input, a FIFO or a single file on the server')
    .addOption(EXCLUDE)
    .addOption(LIMIT_RATE)
    .option('--dry-run', 'print what would be uploaded, and upload nothing')
    .option(
      '-p, --parallel <n>',
      'number of files to upload in parallel; eight times as many of at most 1 MiB',
      parseCount(64),
      4,
    )
    .option('-w, --wait', 'wait until each file is INDEXED, or FAILED for good')
    .addOption(CHUNK_SIZE)
    .option('--checksum', 'declare the SHA-256 of each file (reads it twice), so that the server rejects other bytes')
    .option('--content-type <type>', 'media type of all files (default: by file name extension)')
    .addOption(METADATA)
    .option(...JSON_OPTION)
    .action((paths: string[], own: Omit<UploadOptions, 'paths'>) =>
      run(async () => (await import('../commands/upload.ts')).runUpload, { ...own, paths }),
    );
}
