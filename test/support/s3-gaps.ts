// What S3 does and s3rver does not: AbortMultipartUpload, the minimum size of a part, and a range of the first byte only.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Middleware } from 's3rver';

const PART_LEAST = 5 * 2 ** 20;

/** For requests whose multipart uploads s3rver keeps in the directory `uploads`. */
export function fillGaps(uploads: string): Middleware[] {
  return [
    async (context, next) => {
      const { uploadId } = context.query;
      if (uploadId === undefined) return next();
      const upload = join(uploads, uploadId);
      const sizes = await listParts(upload).catch(() => undefined);
      if (sizes === undefined) return answerFault(context, 404, 'NoSuchUpload');
      if (context.method === 'DELETE') return abortUpload(context, upload);
      const small = context.method === 'POST' && sizes.slice(0, -1).some((size) => size < PART_LEAST);
      return small ? answerFault(context, 400, 'EntityTooSmall') : next();
    },
    async (context, next) => {
      await next();
      if (context.get('range') === 'bytes=0-0' && context.status === 206) await keepFirstByte(context);
    },
  ];
}

/** Answers as S3 answers a fault. */
export function answerFault(context: Context, status: number, code: string): void {
  context.status = status;
  context.type = 'application/xml';
  context.body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>of the test</Message></Error>`;
}

/** Sizes in order of their numbers. */
export async function listParts(upload: string): Promise<number[]> {
  const names = await readdir(upload);
  const numbers = names.filter((name) => /^\d+$/.test(name)).toSorted((a, b) => Number(a) - Number(b));
  return Promise.all(numbers.map(async (name) => (await stat(join(upload, name))).size));
}

async function abortUpload(context: Context, upload: string): Promise<void> {
  // With retries, because a part may still be arriving.
  await rm(upload, { recursive: true, maxRetries: 10 });
  context.status = 204;
}

async function keepFirstByte(context: Context): Promise<void> {
  for await (const chunk of context.body as AsyncIterable<Buffer>) {
    context.set('Content-Range', 'bytes 0-0/*');
    context.status = 206;
    context.body = chunk.subarray(0, 1);
    return;
  }
}
