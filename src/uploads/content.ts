// Reading a file back: its segments, one after another. Where they are is asked of the database once; no connection is
// held while bytes flow. Who may read is for the caller to know.
import { PassThrough, type Readable, addAbortSignal } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import type { MikroORM } from '../db/orm.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { FileState } from '../fsm/machine.ts';
import { type ByteStore, BytesLost } from './byte-store.ts';

/** A file whose bytes are all here and are those of its digest. */
export type FileWithContent = FileSnapshot & { readonly size: number; readonly sha256: string };

/** Bytes from `start` (inclusive) to `end` (exclusive). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Row {
  readonly id: string | null;
  readonly start: string | null;
  readonly length: string | null;
}

/** A span of one segment, counted from its beginning. */
interface Piece extends Span {
  readonly segment: string;
}

const KEEPS_BYTES: Readonly<Record<FileState, boolean>> = {
  UNTRACKED: false,
  UPLOADING: false,
  PROCESSING: true,
  INDEXED: true,
  FAILED: true,
};

// An upload that failed with its last byte there: the digest is the declared one, and the bytes are not, or not known to
// be, those it was taken of.
const UNVERIFIED: ReadonlySet<string> = new Set(['DIGEST_MISMATCH', 'UPLOAD_STALLED']);

export function hasContent(file: FileSnapshot): file is FileWithContent {
  const { transfer, size, sha256, bytesReceived, state, failure } = file;
  const isWhole = transfer === 'MANAGED' && bytesReceived === size && sha256 !== null;
  return isWhole && KEEPS_BYTES[state] && (failure == null || !UNVERIFIED.has(failure.code));
}

export class ContentReader {
  readonly #orm: MikroORM;
  readonly #store: ByteStore;

  /** @param orm its connections are used for one query at a time, and given back before the first byte */
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
    return rows.length === 0 ? null : readAcross(this.#store, cut(rows, span, file.id));
  }

  /** In order. No row: the file is another one now. One row of nulls: it is the same, but there are no segments. */
  async #findSegments(tenant: string, { id, attempts }: FileWithContent, { start, end }: Span): Promise<Row[]> {
    const { rows } = await sql<Row>`
      select s.id, s.start, s.length from file f left join segment s
        on s.file_id = f.id and s.length > 0 and s.start < ${end} and s.start + s.length > ${start}
      where f.id = ${id} and f.tenant = ${tenant} and f.attempts = ${attempts} and f.bytes_received = f.size
      order by s.start`.execute(this.#orm.em.fork().getKysely());
    return rows;
  }
}

/** @throws BytesLost when the segments leave a gap */
function cut(rows: readonly Row[], span: Span, fileId: string): Piece[] {
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

function readAcross(store: ByteStore, pieces: readonly Piece[]): Readable {
  const bytes = new PassThrough();
  // Not left to the generator's return: that would wait for a read of the store that may never be answered.
  const left = new AbortController();
  bytes.once('close', () => left.abort());
  // Whoever reads `bytes` hears of it there.
  pipeline(readPieces(store, pieces, left.signal), bytes).catch(() => undefined);
  return bytes;
}

async function* readPieces(store: ByteStore, pieces: readonly Piece[], left: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const { segment, start, end } of pieces) {
    const stream = addAbortSignal(left, await store.readSegment(segment, start, end));
    let missing = end - start;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      missing -= chunk.length;
      yield chunk;
    }
    // A store that ends too soon without a word must not make a short file look whole.
    if (missing !== 0) throw new BytesLost(segment);
  }
}
