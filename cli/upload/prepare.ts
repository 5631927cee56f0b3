// Finds or registers the server's files for a batch of local files: remembered ones with one query, new ones with one
// mutation.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { FileLookup } from '../api/file-lookup.ts';
import { type FileFacts, type NewFile, type Registration, registerFiles } from '../api/files.ts';
import { eachWhenAllowed } from '../api/rate-limits.ts';
import type { OnRetry } from '../api/pause.ts';
import { withRetries } from '../api/retry.ts';
import type { Server } from '../api/server.ts';
import { Refused } from '../errors.ts';
import { type Description, type FileOptions, describeFile } from './describe-file.ts';
import type { FoundFile } from './find-files.ts';
import { type ResumeStore, type UploadIdentity, keyOf } from './resume-store.ts';
import { Source, SourceUnreadable } from './source.ts';

/** A local file and its counterpart on the server. */
export interface PreparedFile {
  readonly job: FoundFile;
  readonly identity: UploadIdentity;
  /** Its current state. */
  readonly file: FileFacts;
  /** Registered just now. */
  readonly isNew: boolean;
}

export interface Unprepared {
  readonly job: FoundFile;
  readonly error: unknown;
}

export interface PrepareOptions {
  readonly server: Server;
  readonly lookup: FileLookup;
  readonly store: ResumeStore;
  readonly settings: FileOptions;
  readonly onRetry: OnRetry;
  /** Bytes of a file read for its checksum. */
  readonly onRead: (job: FoundFile, bytes: number) => void;
}

interface Candidate {
  readonly job: FoundFile;
  readonly identity: UploadIdentity;
}

interface Pending extends Candidate {
  readonly description: Description;
  /** A file registered with the same input that was deleted since. */
  readonly predecessor: string;
}

/** A bound on the rounds of registration; each round is a file that was registered and deleted. */
const MAX_DELETED = 100;

/** Returns one result for each job, in any order. @throws Unreachable when retries are exhausted, or the signal's reason */
export async function prepareFiles(
  jobs: readonly FoundFile[],
  options: PrepareOptions,
  signal: AbortSignal,
): Promise<(PreparedFile | Unprepared)[]> {
  const done: (PreparedFile | Unprepared)[] = [];
  const attempt = async <Result>(job: FoundFile, operation: () => Promise<Result>): Promise<Result[]> => {
    try {
      return [await operation()];
    } catch (error) {
      signal.throwIfAborted();
      done.push({ job, error });
      return [];
    }
  };
  const candidates = (await Promise.all(jobs.map((job) => attempt(job, async () => identify(job))))).flat();
  const unknown: Candidate[] = [];
  await Promise.all(
    candidates.map(async (candidate) => {
      const file = await findRemembered(candidate, options);
      if (file === null) unknown.push(candidate);
      else done.push({ ...candidate, file, isNew: false });
    }),
  );
  const pending: Pending[] = [];
  for (const candidate of unknown) {
    pending.push(...(await attempt(candidate.job, () => describe(candidate, options, signal))));
  }
  return [...done, ...(await registerAll(pending, options, signal))];
}

/** Synchronous: through the thread pool it took five times as long. */
function identify(job: FoundFile): Candidate {
  const { path } = job;
  try {
    const { size, mtimeNs } = statSync(path, { bigint: true });
    return { job, identity: { path, size: Number(size), mtimeNs } };
  } catch (error) {
    throw new SourceUnreadable(error);
  }
}

/** The first id that this server knows. */
async function findRemembered({ identity }: Candidate, { store, lookup }: PrepareOptions): Promise<FileFacts | null> {
  const ids = store.read(identity);
  const files = await Promise.all(ids.map((id) => lookup.read(id)));
  return files.find((file) => file !== null) ?? null;
}

async function describe(candidate: Candidate, options: PrepareOptions, signal: AbortSignal): Promise<Pending> {
  const { job, identity } = candidate;
  const sha256 = options.settings.checksum === true ? await digest(candidate, options, signal) : null;
  return { ...candidate, description: describeFile(job, identity, sha256, options.settings), predecessor: '' };
}

async function digest({ job, identity }: Candidate, { onRead }: PrepareOptions, signal: AbortSignal): Promise<string> {
  const source = await Source.open(identity.path, identity);
  try {
    return await source.digest((bytes) => onRead(job, bytes), signal);
  } finally {
    await source.close();
  }
}

async function registerAll(
  all: readonly Pending[],
  options: PrepareOptions,
  signal: AbortSignal,
): Promise<(PreparedFile | Unprepared)[]> {
  const { server, lookup, store, onRetry } = options;
  const done: (PreparedFile | Unprepared)[] = [];
  let pending = all;
  for (let round = 0; pending.length > 0 && round < MAX_DELETED; round += 1) {
    const answers: (Registration | Refused)[] = [];
    for (const inputs of inRequests(pending.map(toInput))) {
      const send = (some: readonly NewFile[]): ReturnType<typeof registerFiles> =>
        withRetries(() => registerFiles(server, some, signal), onRetry, signal);
      answers.push(...(await eachWhenAllowed<NewFile, Registration>(inputs, send, onRetry, signal)));
    }
    const deleted: Pending[] = [];
    await Promise.all(
      pending.map(async (entry, index) => {
        const { job, identity } = entry;
        const answer = answers[index];
        if (answer === undefined || answer instanceof Refused) {
          return void done.push({ job, error: answer ?? new Refused('NO_ANSWER', 'The server sent no answer.') });
        }
        const file = await readCurrent(answer, lookup);
        if (file === null) return void deleted.push({ ...entry, predecessor: answer.file.id });
        await store.write(identity, file.id, server.url);
        done.push({ job, identity, file, isNew: !answer.replayed });
      }),
    );
    pending = deleted;
  }
  const error = new Refused('FILE_NOT_FOUND', `The file was uploaded and deleted ${MAX_DELETED} times already.`);
  return [...done, ...pending.map(({ job }) => ({ job, error }))];
}

// The server takes 4 MiB of JSON; each file can have 16 KiB of metadata.
const MAX_REQUEST_CHARACTERS = 1_000_000;

function inRequests(inputs: readonly NewFile[]): NewFile[][] {
  const requests: NewFile[][] = [];
  let room = 0;
  for (const input of inputs) {
    const { length } = JSON.stringify(input);
    room -= length;
    if (room >= 0) requests.at(-1)?.push(input);
    else {
      requests.push([input]);
      room = MAX_REQUEST_CHARACTERS - length;
    }
  }
  return requests;
}

/**
 * The idempotency key is derived from the upload's identity and the input, so that a crash before the id was remembered
 * does not register the file twice. A deleted file still answers to its key; its successor's key includes its id.
 */
function toInput({ identity, description, predecessor }: Pending): NewFile {
  const parts = JSON.stringify([keyOf(identity), description, predecessor]);
  return { ...description, idempotencyKey: createHash('sha256').update(parts).digest('hex') };
}

/** A replayed answer shows the file as it was at its registration. Null when it was deleted since. */
async function readCurrent({ file, replayed }: Registration, lookup: FileLookup): Promise<FileFacts | null> {
  return replayed ? await lookup.read(file.id) : file;
}
