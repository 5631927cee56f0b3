// Reads the XML parts of an Office file in a stream, up to a limit of bytes whatever the archive says.
import type { Entry, ZipFile } from 'yauzl';
import { ProcessingError } from '../processor.ts';

/** Bytes of one part. An unfinished tag is held in memory up to this. */
const MOST_BYTES = 32 << 20;

/**
 * @param write takes a piece of the text; answers whether it wants more
 * @returns whether the part was read to its end
 * @throws ProcessingError OFFICE_ENCRYPTED; anything else if the archive is broken
 */
export async function readPart(
  zip: ZipFile,
  entry: Entry,
  signal: AbortSignal,
  write: (piece: string) => boolean,
): Promise<boolean> {
  if (entry.isEncrypted()) throw new ProcessingError('OFFICE_ENCRYPTED', 'The file has a password.');
  const stream = await zip.openReadStreamPromise(entry);
  let decoder: TextDecoder | undefined;
  let left = MOST_BYTES;
  // Leaving the loop destroys the stream.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    decoder ??= new TextDecoder(isUtf16(chunk) ? 'utf-16' : 'utf-8');
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    if (!write(decoder.decode(piece, { stream: true })) || left <= 0) return false;
  }
  return true;
}

/** The beginning of a part as text: for small ones. */
export async function readSmallPart(zip: ZipFile, entry: Entry, signal: AbortSignal, limit: number): Promise<string> {
  let text = '';
  await readPart(zip, entry, signal, (piece) => {
    text += piece;
    return text.length < limit;
  });
  return text;
}

/** XML is UTF-8 unless it has this mark, or says otherwise; parts of Office files never do. */
function isUtf16(chunk: Buffer): boolean {
  return chunk[0] === 0xff && chunk[1] === 0xfe;
}
