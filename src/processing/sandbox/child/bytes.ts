// The bytes of a file, as a processor reads them.
import { type ReadStream, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Bytes, ProcessingError } from '../../processor.ts';

const PART_BYTES = 1024 * 1024;

export interface OpenBytes extends Bytes {
  /** Ends the streams too: the next file's bytes come under the same path. */
  close(): Promise<void>;
}

/** @param size length in bytes */
export function openBytes(path: string, size: number): OpenBytes {
  let opened: Promise<FileHandle> | undefined;
  let isClosed = false;
  const streams = new Set<ReadStream>();
  const refuseLate = (): void => {
    if (isClosed) throw new Error('The run is over, and its bytes are gone.');
  };

  function handle(): Promise<FileHandle> {
    refuseLate();
    return (opened ??= open(path));
  }

  function stream(): ReadStream {
    refuseLate();
    const made = createReadStream(path, { highWaterMark: PART_BYTES });
    streams.add(made);
    return made.once('close', () => streams.delete(made));
  }

  async function read(start: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, size - start));
    const bytes = Buffer.alloc(wanted);
    let filled = 0;
    while (filled < wanted) {
      const part = await (await handle()).read(bytes, filled, wanted - filled, start + filled);
      if (part.bytesRead === 0) break;
      filled += part.bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  return {
    path,
    read,
    readAll: async (limit) => {
      if (size > limit)
        throw new ProcessingError('TOO_LARGE', `It has ${size} bytes, and at most ${limit} can be read.`);
      return await read(0, size);
    },
    stream: () => stream() as AsyncIterable<Uint8Array>,
    close: async () => {
      isClosed = true;
      for (const each of streams) each.destroy();
      await (await opened)?.close();
    },
  };
}
