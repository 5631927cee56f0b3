// The reading side of the lifecycle. Every query here is confined to one tenant.
import { CompiledQuery, sql } from 'kysely';
import { columnsOf, selectionOf } from '../db/columns.ts';
import { Gatherer } from '../db/gather.ts';
import type { EntityManager, MikroORM } from '../db/orm.ts';
import { readWithin } from '../db/read.ts';
import { asTenant } from '../db/scope.ts';
import { FileChange } from '../entities/file-change.ts';
import { type FileSnapshot, type ListedFile, snapshotOf } from '../entities/file-snapshot.ts';
import { File } from '../entities/file.ts';
import type { FileState } from '../fsm/machine.ts';
import type { TransitionKey } from '../ids.ts';
import type { TransitionRecord } from './commands.ts';
import { type LoggedTransition, transitionOf } from './batch/batch.ts';
import { ALL_JSON, type ListedRow, mergeLists, readAmong, readLists, toListed } from './file-lists.ts';
import { type FileOrder, type SearchBound, type SearchFilter, searchFiles } from './file-search.ts';
import { NOTHING, type Query, type Usage, readUsage } from './usage.ts';
import { findRareNames } from './rare-names.ts';

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

/**
 * Without the file as of the change, which each row of the log has: 4,000 transitions of files with 16 kB of metadata took
 * 127 MiB, as entities with all their columns.
 */
const UNREAD = ['id', 'position', 'tenant', 'kind', 'file'] as const satisfies (keyof FileChange)[];
const TRANSITION_COLUMNS = selectionOf(columnsOf(FileChange, ...UNREAD), 'file_change');

export class FileReader {
  readonly #orm: MikroORM;
  readonly #single = new Gatherer((ids: readonly string[]) => this.#findFiles(ids));

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  get #em(): EntityManager {
    return this.#orm.em.fork();
  }

  async readFile(tenant: string, fileId: string): Promise<FileSnapshot | null> {
    const file = await asTenant(tenant, () => this.#single.add(fileId));
    return file?.tenant === tenant ? snapshotOf(file) : null;
  }

  async #findFiles(ids: readonly string[]): Promise<(File | undefined)[]> {
    const files = await this.#em.find(File, { id: { $in: [...new Set(ids)] } });
    const byId = new Map(files.map((file) => [file.id, file]));
    return ids.map((id) => byId.get(id));
  }

  /** In any order; ids that are not there are left out. */
  async readFiles(tenant: string, ids: readonly string[]): Promise<FileSnapshot[]> {
    // By the primary key alone: without statistics the planner may take another index for the tenant and read all of it.
    const files = await asTenant(tenant, () => this.#em.find(File, { id: { $in: [...ids] } }));
    return files.filter((file) => file.tenant === tenant).map(snapshotOf);
  }

  /** Newest first; from the end, oldest first. */
  async listFiles(tenant: string, filter: FileFilter, page: Page<string>, json = ALL_JSON): Promise<ListedFile[]> {
    const read = async (em: EntityManager): Promise<ListedRow[][]> => {
      const { nameContains } = filter;
      const rare = nameContains === null ? null : await findRareNames(em, tenant, nameContains);
      if (rare !== null) return [await readAmong(em, rare, filter, page, json)];
      return await readLists(em, tenant, filter, page, json);
    };
    const files = await asTenant(tenant, () => readWithin(this.#orm, read));
    return mergeLists(files, page).map(toListed);
  }

  /** In the given order; from the end, in the opposite one. */
  async searchFiles(
    tenant: string,
    filter: SearchFilter,
    order: FileOrder,
    page: Page<SearchBound>,
    json = ALL_JSON,
  ): Promise<ListedFile[]> {
    return await asTenant(tenant, () =>
      readWithin(this.#orm, (em) => searchFiles(em, tenant, filter, order, page, json)),
    );
  }

  async countByState(tenant: string): Promise<ReadonlyMap<FileState, number>> {
    const kept = sql<{ state: FileState; count: string }>`
      select state, sum(files) as count from (
        select state, files from file_count where tenant = ${tenant}
        union all select state, files from file_count_delta where tenant = ${tenant}
      ) as counted group by state`;
    const { rows } = await asTenant(tenant, () => kept.execute(this.#em.getKysely()));
    return new Map(rows.map(({ state, count }) => [state, Number(count)]));
  }

  async readUsage(tenant: string): Promise<Usage> {
    const query: Query = async ({ text }, values) => {
      const found = await this.#em.getKysely().executeQuery(CompiledQuery.raw(text, [...values]));
      return found.rows as never[];
    };
    const usage = await asTenant(tenant, () => readUsage(query, [tenant]));
    return usage.get(tenant) ?? NOTHING;
  }

  /** The same page of the transitions of several files, in one query. Oldest first; from the end, newest first. */
  async readTransitions(
    tenant: string,
    fileIds: readonly string[],
    page: Page<number>,
  ): Promise<ReadonlyMap<string, TransitionRecord[]>> {
    const list = sql<LoggedTransition>`
      select c.* from unnest(${fileIds}::uuid[]) as wanted (file_id) cross join lateral (
        select ${sql.raw(TRANSITION_COLUMNS)} from file_change
        where file_id = wanted.file_id and tenant = ${tenant} and kind = 'TRANSITIONED'
          and version > ${page.after ?? 0} and version < ${page.before ?? 2 ** 31 - 1}
        order by version ${page.fromEnd ? sql`desc` : sql`asc`} limit ${page.limit}
      ) as c`;
    const { rows } = await asTenant(tenant, () => list.execute(this.#em.getKysely()));
    const direction = page.fromEnd ? -1 : 1;
    const ordered = rows.toSorted((a, b) => direction * (a.version - b.version));
    return Map.groupBy(ordered.map(transitionOf), ({ fileId }) => fileId);
  }

  /** Single transitions by file and version; what is not there is left out. */
  async readTransitionsByKey(tenant: string, keys: readonly TransitionKey[]): Promise<TransitionRecord[]> {
    const $or = keys.map(({ fileId, version }) => ({ fileId, version }));
    const where = { tenant, kind: 'TRANSITIONED', $or } as const;
    const changes = await asTenant(tenant, () => this.#em.find(FileChange, where));
    return changes.map(transitionOf);
  }
}
