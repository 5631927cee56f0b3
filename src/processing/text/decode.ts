// The text of a file in pieces, decoded, up to a number of bytes read.
import type { Bytes } from '../processor.ts';

/**
 * @param limit bytes read at most
 * @param signal throws its reason between two pieces
 */
export async function* decodedText(
  bytes: Bytes,
  charset: string,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(charset);
  let left = limit;
  for await (const chunk of bytes.stream()) {
    signal.throwIfAborted();
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    yield decoder.decode(piece, { stream: left > 0 });
    if (left <= 0) return;
  }
  yield decoder.decode();
}
