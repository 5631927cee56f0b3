// Takes the text that a worker found in a file into the index, before the commit that makes it found. In a statement of its
// own and holding no lock that a batch waits for: splitting 1 MiB into words takes PostgreSQL a tenth of a second.
import { type RawBuilder, sql } from 'kysely';
import type { MikroORM } from '../db/orm.ts';
import { codeOf } from '../db/pg-errors.ts';
import { asTenant } from '../db/scope.ts';
import { MOST_TEXT_BYTES } from '../entities/file-text.ts';
import { statesWith } from '../fsm/tags.ts';
import { toNfcInTurns } from './compose.ts';
import { foldLongText, foldName } from './fold.ts';
import { detectLanguage } from './languages.ts';

export interface StagedText {
  readonly tenant: string;
  /** A UUID. */
  readonly fileId: string;
  /** Of the lease (a UUID). Text staged again with the same token replaces what was there. */
  readonly token: string;
  /** Any length: what is beyond 1 MiB of UTF-8 is cut. */
  readonly text: string;
}

type Lease = Pick<StagedText, 'tenant' | 'fileId' | 'token'>;

export interface StagingOptions {
  readonly orm: MikroORM;
  /** A text search configuration, or `auto`. */
  readonly language: string;
}

/** The language of each text is detected. */
export const AUTO = 'auto';
// A tsvector has 1 MiB at most, which a text of very many different words may exceed.
const TOO_LARGE = '54000';
const LEAST_WORDS = 64 * 1024;
// Its row was deleted while this statement ran.
const FILE_IS_GONE = '23503';

/** Cut between two characters. */
async function cut(text: string): Promise<string> {
  const bytes = Buffer.from(await toNfcInTurns(text.slice(0, MOST_TEXT_BYTES)));
  return new TextDecoder().decode(bytes.subarray(0, MOST_TEXT_BYTES), { stream: true });
}

/**
 * @returns false when the file does not exist in this tenant, has no lease with this token, or has this text already live:
 *   nothing was written, so that nobody can store texts that belong to nothing
 */
export async function stageText({ orm, language }: StagingOptions, staged: StagedText): Promise<boolean> {
  const name = await readName(orm, staged);
  if (name === null) return false;
  const text = await cut(staged.text);
  const folded = await foldLongText(text);
  const configuration = language === AUTO ? detectLanguage(folded) : language;
  for (let length = folded.length; ; length = Math.ceil(length / 2)) {
    try {
      const row = { ...staged, text, configuration, name: foldName(name), words: folded.slice(0, length) };
      return await write(orm, row);
    } catch (error) {
      if (codeOf(error) === FILE_IS_GONE) return false;
      if (codeOf(error) !== TOO_LARGE || length < LEAST_WORDS) throw error;
    }
  }
}

/** That the text may be taken, in the statement that takes it too: the lease may end meanwhile. */
const isLeased = ({ tenant, fileId, token }: Lease): RawBuilder<boolean> => sql<boolean>`
  id = ${fileId} and tenant is not distinct from ${tenant}
    and state = any(${[...statesWith('processing')]}::text[]) and processing ->> 'token' = ${token}`;

/** Before any work on the text, which nobody may cause without a lease. */
async function readName(orm: MikroORM, lease: Lease): Promise<string | null> {
  const leased = sql<{ name: string }>`select name from file where ${isLeased(lease)}`;
  const { rows } = await asTenant(lease.tenant, () => leased.execute(orm.em.fork().getKysely()));
  return rows[0]?.name ?? null;
}

interface Row extends StagedText {
  readonly configuration: string;
  /** Folded, as are the words. */
  readonly name: string;
  readonly words: string;
}

async function write(orm: MikroORM, row: Row): Promise<boolean> {
  const { token, text, configuration, name, words } = row;
  const insert = sql`
    insert into file_text (file_id, token, tenant, language, text, tsv, indexed, created_at)
    select id, ${token}, tenant, ${configuration}, ${text},
      setweight(to_tsvector(${configuration}::regconfig, ${name}), 'A')
        || setweight(to_tsvector(${configuration}::regconfig, ${words}), 'D'),
      false, now()
    from file where ${isLeased(row)}
    on conflict (file_id, token) do update set language = excluded.language, text = excluded.text, tsv = excluded.tsv,
      created_at = excluded.created_at where not file_text.indexed`;
  const { numAffectedRows } = await asTenant(row.tenant, () => insert.execute(orm.em.fork().getKysely()));
  return numAffectedRows === 1n;
}
