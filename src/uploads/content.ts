// Reads a file back: its segments, one after another. One query finds them; no connection is held while bytes flow. The
// caller has checked permissions.
import { PassThrough, type Readable, addAbortSignal } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import type { MikroORM } from '../db/orm.ts';
import { asTenant } from '../db/scope.ts';
import type { FileSnapshot, JsonColumn } from '../entities/file-snapshot.ts';
import { hasTag } from '../fsm/tags.ts';
import { type ByteStore, BytesLost } from './store/byte-store.ts';

/** A file whose bytes are complete and match its digest. */
export type FileWithContent = FileSnapshot & { readonly size: number; readonly sha256: string };

/** Bytes from `start` (inclusive) to `end` (exclusive). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface SegmentSpan {
  readonly id: string | null;
  readonly start: string | null;
  readonly length: string | null;
}

/** A span within one segment. */
interface Piece extends Span {
  readonly segment: string;
}

// Failures after the last byte may have arrived: `sha256` is only the declared digest.
const UNVERIFIED: ReadonlySet<string> = new Set(['DIGEST_MISMATCH', 'UPLOAD_STALLED']);

export function hasContent(file: FileSnapshot): file is FileWithContent {
  return isComplete(file);
}

/** The same of a file whose JSON does not matter. */
function isComplete(file: Omit<FileSnapshot, JsonColumn>): boolean {
  const { transfer, size, sha256, bytesReceived, state, failure } = file;
  const isWhole = transfer === 'MANAGED' && bytesReceived === size && sha256 !== null;
  return isWhole && hasTag(state, 'keepsBytes') && (failure == null || !UNVERIFIED.has(failure.code));
}

/**
 * Which files clients may read.
 * @param isScanned whether files are scanned for malware: then none is read before its processing has succeeded
 */
export const readableFiles =
  (isScanned: boolean) =>
  (file: Omit<FileSnapshot, JsonColumn>): boolean =>
    isComplete(file) && (!isScanned || hasTag(file.state, 'ready'));

export type IsReadable = ReturnType<typeof readableFiles>;

export class ContentReader {
  readonly #orm: MikroORM;
  readonly #store: ByteStore;

  /** @param orm a connection is used for one query and returned before the first byte */
  constructor(orm: MikroORM, store: ByteStore) {
    this.#orm = orm;
    this.#store = store;
  }

  /**
   * The bytes of a span that lies in the file. Read the stream to its end or destroy it.
   * @returns null when the bytes were replaced since `file` was read
   * @throws BytesLost, here or as the stream's error
   */
  async open(tenant: string, file: FileWithContent, span: Span): Promise<Readable | null> {
    const rows = await this.#findSegments(tenant, file, span);
    return rows.length === 0 ? null : readAll(this.#store, toPieces(rows, span, file.id));
  }

  /** In order. No row: the bytes were replaced. One row of nulls: they were not, but there are no segments. */
  async #findSegments(tenant: string, { id, attempts }: FileWithContent, { start, end }: Span): Promise<SegmentSpan[]> {
    const segments = sql<SegmentSpan>`
      select s.id, s.start, s.length from file f left join segment s
        on s.file_id = f.id and s.length > 0 and s.start < ${end} and s.start + s.length > ${start}
      where f.id = ${id} and f.tenant is not distinct from ${tenant} and f.attempts = ${attempts} and f.bytes_received = f.size
      order by s.start`;
    const { rows } = await asTenant(tenant, () => segments.execute(this.#orm.em.fork().getKysely()));
    return rows;
  }
}

/** @throws BytesLost when the segments leave a gap */
function toPieces(rows: readonly SegmentSpan[], span: Span, fileId: string): Piece[] {
  const pieces: Piece[] = [];
  let at = span.start;
  for (const { id, start, length } of rows) {
    if (id === null || at < Number(start)) break;
    const end = Math.min(Number(start) + Number(length), span.end);
    if (end > at) pieces.push({ segment: id, start: at - Number(start), end: end - Number(start) });
    at = Math.max(at, end);
  }
  if (at < span.end) throw new BytesLost(`of file ${fileId} at ${at}`);
  return pieces;
}

function readAll(store: ByteStore, pieces: readonly Piece[]): Readable {
  const bytes = new PassThrough();
  // Not left to the generator's return, which would wait for a read of the store that may never end.
  const closed = new AbortController();
  bytes.once('close', () => closed.abort());
  // Errors reach the reader of `bytes`.
  pipeline(readPieces(store, pieces, closed.signal), bytes).catch(() => undefined);
  return bytes;
}

async function* readPieces(
  store: ByteStore,
  pieces: readonly Piece[],
  closed: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const { segment, start, end } of pieces) {
    const stream = addAbortSignal(closed, await store.readSegment(segment, start, end));
    let missing = end - start;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      missing -= chunk.length;
      yield chunk;
    }
    // A store that ends too soon without an error must not make a short file look complete.
    if (missing !== 0) throw new BytesLost(segment);
  }
}
