// The reading side of the lifecycle. Every query here is confined to one tenant.
import type { Statement, UnnamedStatement } from '../db/connection.ts';
import { Gatherer } from '../db/gather.ts';
import type { MikroORM } from '../db/orm.ts';
import { type ReadTransaction, readOnce, readWithin } from '../db/read.ts';
import { asTenant } from '../db/scope.ts';
import { TYPES_AS_TEXT } from '../db/types.ts';
import { KEPT_COUNTS } from '../entities/file-count-delta.ts';
import type { FileSnapshot, ListedFile } from '../entities/file-snapshot.ts';
import type { FileState } from '../fsm/machine.ts';
import type { TransitionKey } from '../ids.ts';
import type { TransitionRecord } from './commands.ts';
import { listQuery, mergePage, readAmong } from './file-lists.ts';
import { ALL_JSON, type FileRow, type WantedJson, selectByIds, toListed } from './file-rows.ts';
import { type FileOrder, type SearchBound, type SearchFilter, searchFiles } from './file-search.ts';
import { type QueueStatus, readQueues } from './queue-status.ts';
import { NOTHING, type Query, type Usage, readUsage } from './usage.ts';
import { findRareNames } from './rare-names.ts';
import {
  type PagedTransition,
  type TransitionPage,
  type TransitionRow,
  type WantedTransitions,
  selectByKeys,
  selectPages,
  toTransition,
} from './transition-rows.ts';

export interface FileFilter {
  readonly states: readonly FileState[] | null;
  readonly nameContains: string | null;
}

/** A keyset page: strictly between the two bounds, in order or from the far end. */
export interface Page<Bound> {
  readonly after: Bound | null;
  readonly before: Bound | null;
  readonly limit: number;
  /** Take the page from the end of the list (it still comes in the order of `fromEnd`). */
  readonly fromEnd: boolean;
}

/** Versions are integers of PostgreSQL. */
const MAX_VERSION = 2 ** 31 - 1;

const COUNTS: UnnamedStatement = {
  text: `select state, sum(files) as count from ${KEPT_COUNTS} as kept where tenant = $1 group by state`,
};

/** Of one that was read with all its JSON. */
const withJson = (file: ListedFile | null): FileSnapshot | null => file as FileSnapshot | null;

/** A file that is asked for by its id. */
interface Wanted {
  readonly id: string;
  readonly json: WantedJson;
}

export class FileReader {
  readonly #orm: MikroORM;
  /** By tenant: what is slow or fails for one is not another's. */
  readonly #gatherers = new Map<string, Gatherer<Wanted, ListedFile | null>>();

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  /** With its metadata and properties. */
  async readFile(tenant: string, id: string): Promise<FileSnapshot | null> {
    return withJson(await this.readListed(tenant, id, ALL_JSON));
  }

  async readListed(tenant: string, id: string, json: WantedJson): Promise<ListedFile | null> {
    return await (this.#gatherers.get(tenant) ?? this.#openGatherer(tenant)).add({ id, json });
  }

  /** Kept until all of its statements are answered: with another one beside it, a tenant would have more than two at once. */
  #openGatherer(tenant: string): Gatherer<Wanted, ListedFile | null> {
    const read = (wanted: readonly Wanted[]) => this.#readIds(tenant, wanted);
    const gatherer = new Gatherer(read, { onIdle: () => void this.#gatherers.delete(tenant) });
    this.#gatherers.set(tenant, gatherer);
    return gatherer;
  }

  /** In the order of the ids; those that are not there are left out. With their metadata and properties. */
  async readFiles(tenant: string, ids: readonly string[]): Promise<FileSnapshot[]> {
    const files = await Promise.all(ids.map((id) => this.readFile(tenant, id)));
    return files.filter((file) => file !== null);
  }

  /** In the order of what is wanted. */
  async #readIds(tenant: string, wanted: readonly Wanted[]): Promise<(ListedFile | null)[]> {
    const ids = [...new Set(wanted.map(({ id }) => id))];
    const json = new Set(wanted.flatMap((each) => [...each.json]));
    const rows = await this.#read<FileRow>(tenant, selectByIds(json), [ids, tenant]);
    const files = new Map(rows.map((row) => [row.id, toListed(row)]));
    return wanted.map(({ id }) => files.get(id) ?? null);
  }

  /** Newest first; from the end, oldest first. */
  async listFiles(
    tenant: string,
    filter: FileFilter,
    page: Page<string>,
    json: WantedJson = ALL_JSON,
  ): Promise<ListedFile[]> {
    const { nameContains, states } = filter;
    const { statement, values } = listQuery(tenant, filter, page, json);
    if (nameContains === null) {
      const rows = await this.#read<FileRow>(tenant, statement, values);
      return (states === null ? rows : mergePage(rows, page)).map(toListed);
    }
    const rows = await this.#readWithin(tenant, async (transaction) => {
      const rare = await findRareNames(transaction.em, tenant, nameContains);
      if (rare !== null) return await readAmong(transaction, tenant, rare, filter, page, json);
      return await transaction.ask<FileRow>(statement, values, TYPES_AS_TEXT);
    });
    return mergePage(rows, page).map(toListed);
  }

  /** In the given order; from the end, in the opposite one. */
  async searchFiles(
    tenant: string,
    filter: SearchFilter,
    order: FileOrder,
    page: Page<SearchBound>,
    json: WantedJson = ALL_JSON,
  ): Promise<ListedFile[]> {
    const search = (transaction: ReadTransaction) => searchFiles(transaction, tenant, filter, order, page, json);
    const rows = await this.#readWithin(tenant, search);
    return rows.map(toListed);
  }

  async countByState(tenant: string): Promise<ReadonlyMap<FileState, number>> {
    const rows = await this.#read<{ state: FileState; count: string }>(tenant, COUNTS, [tenant]);
    return new Map(rows.map(({ state, count }) => [state, Number(count)]));
  }

  async readUsage(tenant: string): Promise<Usage> {
    const query: Query = ({ text }, values) => this.#read(tenant, { text }, values);
    return (await readUsage(query, [tenant])).get(tenant) ?? NOTHING;
  }

  async readQueues(tenant: string): Promise<QueueStatus[]> {
    return await readQueues((statement, values) => this.#read(tenant, statement, values), tenant);
  }

  /** The pages of several files, in their order, in one query. */
  async readTransitions(
    tenant: string,
    wanted: readonly WantedTransitions[],
    { after, limit, fromEnd }: TransitionPage,
  ): Promise<TransitionRecord[][]> {
    const ids = wanted.map(({ fileId }) => fileId);
    const ends = wanted.map(({ before }) => before ?? MAX_VERSION);
    const values = [ids, ends, tenant, after ?? 0, limit];
    const pages = wanted.map((): TransitionRecord[] => []);
    for (const row of await this.#read<PagedTransition>(tenant, selectPages(fromEnd), values)) {
      pages[row.place - 1]!.push(toTransition(row));
    }
    return pages;
  }

  /** Single transitions by file and version; what is not there is left out. */
  async readTransitionsByKey(tenant: string, keys: readonly TransitionKey[]): Promise<TransitionRecord[]> {
    const values = [keys.map(({ fileId }) => fileId), keys.map(({ version }) => version), tenant];
    return (await this.#read<TransitionRow>(tenant, selectByKeys, values)).map(toTransition);
  }

  /** Every read goes through here or through the next one. */
  #read<Row>(tenant: string, statement: Statement | UnnamedStatement, values: readonly unknown[]): Promise<Row[]> {
    return asTenant(tenant, () => readOnce<Row>(this.#orm, statement, values, TYPES_AS_TEXT));
  }

  #readWithin<Result>(tenant: string, work: (transaction: ReadTransaction) => Promise<Result>): Promise<Result> {
    return asTenant(tenant, () => readWithin(this.#orm, work));
  }
}
