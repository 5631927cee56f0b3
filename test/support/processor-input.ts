// Runs a processor over a real temporary file, as the worker does, but in the test's own process.
import { open, readFile } from 'node:fs/promises';
import { createReadStream, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import {
  ProcessingError,
  type Bytes,
  type Findings,
  type Processor,
  type ProcessorInput,
} from '../../src/processing/processor.ts';
import { createTemporaryDir } from './temporary-dir.ts';

/** The bytes of a file, and how many of them were read through this object. */
export function bytesOf(path: string): Bytes & { bytesRead(): number } {
  let read = 0;
  return {
    path,
    bytesRead: () => read,
    read: async (start, length) => {
      const handle = await open(path);
      try {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, start);
        read += bytesRead;
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
    readAll: async (limit) => {
      const { size } = statSync(path);
      if (size > limit) throw new ProcessingError('TOO_LARGE', `The file has ${size} bytes; the limit is ${limit}.`);
      read += size;
      return readFile(path);
    },
    stream: async function* stream() {
      for await (const chunk of createReadStream(path)) {
        read += (chunk as Buffer).length;
        yield chunk as Uint8Array;
      }
    },
  };
}

export interface RunOptions {
  readonly contentType?: string;
  readonly found?: ProcessorInput['found'];
  readonly signal?: AbortSignal;
  readonly bytes?: Bytes;
}

/** Runs one processor over a file that is there. */
export async function runOnPath(processor: Processor, path: string, options: RunOptions = {}): Promise<Findings> {
  const { contentType = 'application/octet-stream', found = {}, signal = new AbortController().signal } = options;
  const { size } = statSync(path);
  const sha256 = createHash('sha256').update(path).digest('hex');
  return processor.run({
    bytes: options.bytes ?? bytesOf(path),
    size,
    file: { id: 'file_0', name: 'name', contentType, size, sha256, metadata: {} },
    found,
    signal,
    progress: () => {},
  });
}

/** Runs one processor over bytes, in a temporary file that is removed afterwards. */
export async function runProcessor(
  processor: Processor,
  bytes: Uint8Array | string,
  options: RunOptions = {},
): Promise<Findings> {
  const dir = await createTemporaryDir();
  try {
    return await runOnPath(processor, await dir.write('bytes', bytes), options);
  } finally {
    await dir.remove();
  }
}

export interface Processed {
  /** INDEXED, or the code of the failure. */
  readonly outcome: string;
  readonly found: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly text: string;
}

/** Runs all that accept a file, in order, as the worker does: the type that was detected is what the next ones are asked about. */
export async function processAll(
  processors: readonly Processor[],
  file: { bytes: Uint8Array | string; contentType: string },
): Promise<Processed> {
  const found: Record<string, Readonly<Record<string, unknown>>> = {};
  const texts: string[] = [];
  const asFile = {
    id: 'file_0',
    name: 'name',
    contentType: file.contentType,
    size: file.bytes.length,
    sha256: '',
    metadata: {},
  };
  for (const processor of processors) {
    const detected = found['media-type']?.['detected'];
    if (!processor.accepts(typeof detected === 'string' ? detected : file.contentType, asFile)) continue;
    try {
      const { properties, text } = await runProcessor(processor, file.bytes, { contentType: file.contentType, found });
      found[processor.name] = properties ?? {};
      if (text) texts.push(text);
    } catch (error) {
      if (!(error instanceof ProcessingError)) throw error;
      return { outcome: error.code, found, text: texts.join('\n') };
    }
  }
  return { outcome: 'INDEXED', found, text: texts.join('\n') };
}
