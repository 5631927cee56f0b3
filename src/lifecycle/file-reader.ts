// The reading side of the lifecycle. Every query here is confined to one tenant; outside it nothing exists.
import { sql } from 'kysely';
import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '../db/orm.ts';
import { FileChange } from '../entities/file-change.ts';
import { type FileSnapshot, snapshotOf } from '../entities/file-snapshot.ts';
import { File } from '../entities/file.ts';
import type { FileState } from '../fsm/machine.ts';
import type { TransitionRecord } from './commands.ts';
import { transitionOf } from './unit.ts';

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

export interface TransitionKey {
  readonly fileId: string;
  readonly version: number;
}

const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

export class FileReader {
  readonly #orm: MikroORM;

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  get #em(): EntityManager {
    return this.#orm.em.fork();
  }

  async readFile(tenant: string, fileId: string): Promise<FileSnapshot | null> {
    const file = await this.#em.findOne(File, { tenant, id: fileId });
    return file === null ? null : snapshotOf(file);
  }

  /** In any order; ids that are not there are left out. */
  async readFiles(tenant: string, ids: readonly string[]): Promise<FileSnapshot[]> {
    const files = await this.#em.find(File, { tenant, id: { $in: [...ids] } });
    return files.map(snapshotOf);
  }

  /** Newest first; from the end, oldest first. */
  async listFiles(tenant: string, filter: FileFilter, page: Page<string>): Promise<FileSnapshot[]> {
    const where: FilterQuery<File>[] = [{ tenant }];
    if (filter.states !== null) where.push({ state: { $in: [...filter.states] } });
    if (filter.nameContains !== null) where.push({ name: { $ilike: `%${escapeLike(filter.nameContains)}%` } });
    if (page.after !== null) where.push({ id: { $lt: page.after } });
    if (page.before !== null) where.push({ id: { $gt: page.before } });
    const orderBy = { id: page.fromEnd ? 'asc' : 'desc' } as const;
    const files = await this.#em.find(File, { $and: where }, { orderBy, limit: page.limit });
    return files.map(snapshotOf);
  }

  async countByState(tenant: string): Promise<ReadonlyMap<FileState, number>> {
    const { rows } = await sql<{ state: FileState; count: string }>`
      select state, sum(files) as count from (
        select state, files from file_count where tenant = ${tenant}
        union all select state, files from file_count_delta where tenant = ${tenant}
      ) as counted group by state`.execute(this.#em.getKysely());
    return new Map(rows.map(({ state, count }) => [state, Number(count)]));
  }

  /** The same page of the transitions of several files, in one query. Oldest first; from the end, newest first. */
  async readTransitions(
    tenant: string,
    fileIds: readonly string[],
    page: Page<number>,
  ): Promise<ReadonlyMap<string, TransitionRecord[]>> {
    const { rows } = await sql<{ id: string }>`
      select c.id from unnest(${fileIds}::uuid[]) as wanted (file_id) cross join lateral (
        select id from file_change
        where file_id = wanted.file_id and tenant = ${tenant} and kind = 'TRANSITIONED'
          and version > ${page.after ?? 0} and version < ${page.before ?? 2 ** 31 - 1}
        order by version ${page.fromEnd ? sql`desc` : sql`asc`} limit ${page.limit}
      ) as c`.execute(this.#em.getKysely());
    const ids = rows.map(({ id }) => Number(id));
    const orderBy = { version: page.fromEnd ? 'desc' : 'asc' } as const;
    const changes = await this.#em.find(FileChange, { id: ids }, { orderBy });
    return Map.groupBy(changes.map(transitionOf), ({ fileId }) => fileId);
  }

  /** Single transitions by file and version; what is not there is left out. */
  async readTransitionsByKey(tenant: string, keys: readonly TransitionKey[]): Promise<TransitionRecord[]> {
    const $or = keys.map(({ fileId, version }) => ({ fileId, version }));
    const changes = await this.#em.find(FileChange, { tenant, kind: 'TRANSITIONED', $or });
    return changes.map(transitionOf);
  }
}
