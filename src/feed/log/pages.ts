// Pages of the log, bounded in rows and, by what rows have been like so far, in bytes. A page begins with the place to read on
// from, which is compared: the log may have been taken back since (docs/adr/0026). A page that PostgreSQL cannot read is
// halved, down to the row at fault.
import type { Pool } from 'pg';
import { codeOf, isConnectionLost, isDamage, isPassing, isSilence } from '../../db/pg-errors.ts';
import { asService } from '../../db/scope.ts';
import type { Logger } from '../../log.ts';
import type { LoggedChange } from '../change.ts';
import { type Place, isSamePlace } from '../place.ts';
import { weightOf } from '../weight.ts';
import { BARE, OUTLINE, PAGE, type PageRow, placeOfRow, toChange } from './reader.ts';
import { faultOf, readFeedState } from './state.ts';

const FIRST_ROWS = 64;
const MAX_ROWS = 1_000;
/** Characters of JSON in a page. */
const MAX_WEIGHT = 2 ** 20;
const MAX_TOLD = 10_000;

export interface Page {
  readonly changes: readonly LoggedChange[];
  /** There may be more. */
  readonly isFull: boolean;
}

export interface PageRequest {
  readonly after: Place;
  /** Of changes. */
  readonly rows: number;
}

export class Pages {
  readonly #pool: Pool;
  readonly #log: Logger;
  /** Of the next page, whoever reads it. */
  #rows = FIRST_ROWS;
  /** Positions of damaged rows that were logged. */
  readonly #told: Set<number>;

  constructor(pool: Pool, log: Logger, told = new Set<number>()) {
    this.#pool = pool;
    this.#log = log;
    this.#told = told;
  }

  /** The same log, read by way of another pool. */
  through(pool: Pool): Pages {
    return new Pages(pool, this.#log, this.#told);
  }

  /** For whoever sends PAGE by itself, with `valuesOf` the request; `take` has the answer. */
  request(after: Place): PageRequest {
    return { after, rows: this.#rows };
  }

  /**
   * The next changes after a place, of every tenant.
   * @throws CursorError CURSOR_EXPIRED when changes after it were pruned, FEED_FORKED when the log was taken back
   */
  async read(after: Place): Promise<Page> {
    for (let request = this.request(after); ; request = { after, rows: Math.ceil(request.rows / 2) }) {
      const read = await this.#query(PAGE, request).catch((error: unknown) => error as Error);
      if (!(read instanceof Error)) return await this.take(request, read);
      this.#rows = Math.ceil(request.rows / 2);
      if (isSilence(read) || isConnectionLost(read)) throw read;
      if (request.rows === 1) return await this.#outline(request, read);
    }
  }

  /** @throws as `read` */
  async take({ after, rows }: PageRequest, [first, ...found]: readonly PageRow[]): Promise<Page> {
    await this.#requireSame(after, first);
    const changes = found.map(toChange);
    const weight = changes.reduce((sum, change) => sum + weightOf(change), 0);
    const fitting = weight === 0 ? MAX_ROWS : Math.floor((MAX_WEIGHT * changes.length) / weight);
    if (changes.length > 0) this.#rows = Math.max(1, Math.min(MAX_ROWS, rows * 2, fitting));
    return { changes, isFull: changes.length === rows };
  }

  async #query(statement: { readonly name: string; readonly text: string }, request: PageRequest): Promise<PageRow[]> {
    const query = { ...statement, values: valuesOf(request) };
    return (await asService(() => this.#pool.query<PageRow>(query))).rows;
  }

  async #requireSame(after: Place, first: PageRow | undefined): Promise<void> {
    if (first !== undefined && isSamePlace(after, placeOfRow(first))) return;
    const state = await readFeedState(this.#pool, after.position);
    throw faultOf(after, state) ?? new Error(`the place ${after.position} of the feed was not found, and is there`);
  }

  /** A row that PostgreSQL cannot print has its position, and tells whom it would have been for. */
  async #outline(request: PageRequest, reason: Error): Promise<Page> {
    if (isPassing(reason) || codeOf(reason) === undefined) throw reason;
    const [first, row] = await this.#query(OUTLINE, request).catch((error: unknown) => {
      if (isDamage(error)) return this.#query(BARE, request);
      throw error;
    });
    await this.#requireSame(request.after, first);
    if (row === undefined) throw reason;
    const change = toChange(row);
    const { position, fileId, version } = change;
    if (!this.#told.has(position)) {
      if (this.#told.size < MAX_TOLD) this.#told.add(position);
      this.#log.error({ err: reason, position, fileId, version }, 'a change cannot be read: its subscribers are told');
    }
    return { changes: [change], isFull: true };
  }
}

export const valuesOf = ({ after, rows }: PageRequest): number[] => [after.position, rows + 1];
