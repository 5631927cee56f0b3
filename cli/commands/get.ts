// waybill get: downloads a file, resumes what was interrupted, and checks the digest.
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { type Content, type Sink, download } from '../api/download.ts';
import { readContent } from '../api/files.ts';
import type { Command, Context } from '../context.ts';
import { CliError, EXIT, Refused, UsageError, describeBriefly } from '../errors.ts';
import { clean } from '../output/text.ts';
import { formatBytes, formatDuration } from '../output/units.ts';

export interface GetOptions {
  readonly id: string;
  /** `-` for standard output. */
  readonly output?: string;
  readonly force?: boolean;
}

export const runGet: Command<GetOptions> = async ({ id, output, force }, context) => {
  const { server, screen, signal } = context;
  const file = await readContent(server, id, signal);
  if (file === null) throw new Refused('FILE_NOT_FOUND', `There is no file ${id}.`);
  const { contentUrl: url, name, size, sha256, state } = file;
  if (url === null || size === null) throw new Refused('NO_CONTENT', `The file is ${state}; it has no bytes to read.`);
  const content = { id, url, size, sha256 };
  if (output === '-') {
    await fetchInto(content, { existing: nothing, write: (chunk) => screen.writeBytes(chunk) }, context);
    return EXIT.ok;
  }
  const path = resolve(output ?? localNameOf(name, id));
  if (force !== true && (await exists(path))) throw new UsageError(`${path} exists; use --force to replace it.`);
  await fetchToFile(content, path, context);
  screen.print(`${id}  ${formatBytes(size)}  ${clean(path)}`);
  return EXIT.ok;
};

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

/** The last part of a name, which is free text: never a path, and never hidden. */
function localNameOf(name: string, id: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  return /^\.|^$/.test(last) ? id : clean(last);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Through a file beside it that the same command continues. */
async function fetchToFile(content: Content, path: string, context: Context): Promise<void> {
  const part = `${path}.${content.id}.part`;
  const handle = await open(part, 'a');
  try {
    await fetchInto(content, toSink(part, handle), context);
    await handle.sync();
    await rename(part, path);
  } catch (error) {
    if (error instanceof CliError && error.code === 'DIGEST_MISMATCH') await rm(part, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

const toSink = (path: string, handle: FileHandle): Sink => ({
  existing: () => createReadStream(path),
  write: (chunk) => handle.writeFile(chunk),
});

async function fetchInto(content: Content, sink: Sink, { server, screen, signal }: Context): Promise<void> {
  const onRetry = (error: unknown, delayMs: number): void => {
    screen.note(`waybill: ${describeBriefly(error)}; trying again in ${formatDuration(delayMs / 1_000)}`);
  };
  await download(server, content, sink, onRetry, signal);
}
