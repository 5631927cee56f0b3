// Reads PostgreSQL's own log by its extension pg_walinspect.
import type { Database } from '../host/database.ts';

export interface WalPart {
  /** A kind of record, and the table or index that it changes. */
  readonly what: string;
  readonly records: number;
  /** Without page images. */
  readonly bytes: number;
}

/** Has the server write none from now on, until disposed of; an image replaces what the record would have said. */
export async function withoutPageImages(database: Database): Promise<AsyncDisposable> {
  const set = async (how: string): Promise<void> => {
    await database.query(`alter system ${how}`);
    await database.query('select pg_reload_conf()');
  };
  await database.query('create extension if not exists pg_walinspect');
  await set('set full_page_writes = off');
  // The checkpointer takes the new value up with its next checkpoint at the latest.
  await database.query('checkpoint');
  return { [Symbol.asyncDispose]: () => set('reset full_page_writes') };
}

export async function walPosition(database: Database): Promise<string> {
  const [row] = await database.query<{ at: string }>('select pg_current_wal_flush_lsn()::text as at');
  return row!.at;
}

// Of a record that changes several relations, the first one: `blkref #0: rel 1663/16384/16403 fork main blk 7`.
const PARTS = `
  select coalesce(nullif(concat_ws(' ', resource_manager, record_type), ''), '?')
      || case when block_ref like '%blkref #1%' and record_type like '%UPDATE%' then ' (two pages)' else '' end || coalesce(' of ' || pg_filenode_relation(0, substring(block_ref from 'rel \\d+/\\d+/(\\d+)')::oid)::regclass, '') as what,
    count(*)::float8 as records, sum(record_length - fpi_length)::float8 as bytes
  from pg_get_wal_records_info($1, $2) group by 1 order by 3 desc`;

// The statistics of a table are collected now and then, however many transitions there were.
const IS_CATALOGUE = / of (?:pg_|"?pg_toast)/;

export async function readWal(database: Database, from: string, to: string): Promise<WalPart[]> {
  const parts = await database.query<WalPart>(PARTS, [from, to]);
  return parts.filter(({ what }) => !IS_CATALOGUE.test(what));
}

/** `1,200 bytes: 420 Heap UPDATE of file, ...`: what is a byte or more. */
export const describeParts = (parts: readonly WalPart[]): string =>
  parts
    .filter(({ bytes }) => bytes >= 1)
    .map(({ what, records, bytes }) => `${Math.round(bytes)} ${what} (${records.toFixed(2)})`)
    .join(', ');
