// Files found by their names alone: what has no text, such as an image, is found by the parts of its name. From the index of
// names where there is one and the word is rare, otherwise among the newest files. One statement does both: three, as lists
// have them (src/lifecycle/rare-names.ts), took longer for their round trips than for what they read.
import type { Statement } from '../db/connection.ts';
import { each } from '../db/planner.ts';
import type { RowReader } from '../db/read-rows.ts';
import { escapeLike } from '../lifecycle/escape-like.ts';
import { hasTrigram } from '../lifecycle/rare-names.ts';
import { foldName } from './fold.ts';
import type { SearchScope } from './scope.ts';
import type { Alternative, Term, WebQuery } from './web-query.ts';

/** Names that are looked at where the index cannot be asked. */
const WALKED = 10_000;
/** Names that are ranked, the newest. What the index may find at most: with more, the newest are walked. */
const MOST = 1_000;
/** The newest names, in which the word is looked for first: with fewer of them the index is not worth asking. */
const SAMPLE = 500;
/** A word that is in as many of them is not rare. */
const OFTEN = 5;
/** A query has one alternative, or a few. Those beyond are looked for in texts only. */
const ALTERNATIVES = 4;

/** What a name among a text's words counts, by its weight A. */
const FULL = 0.6;
/** A word that begins with the part, and one that only contains it. */
const BEGINNING = 0.5;
const INSIDE = 0.1;

interface Named {
  readonly id: string;
  readonly name: string;
}

export interface NameMatch {
  readonly id: string;
  readonly rank: number;
}

const CONDITIONS = `f.id = ${each('a.file_id')} and f.state = any($2::text[]) and f.tenant is not distinct from $1
      and a.name ilike all($3::text[]) and not a.name ilike any($4::text[])
      and ($5::text is null or a.name ilike $5)
      and ($6::timestamptz is null or a.created_at >= $6) and ($7::timestamptz is null or a.created_at < $7)
      and ($8::jsonb[] is null or a.labels @> any($8::jsonb[]))`;
const ORDER = 'order by a.tenant desc, a.created_at desc, a.file_id desc';
const newest = (condition: string, limit: number): string =>
  `(select a.* from file_attributes a where ${condition}a.tenant >= $1 and a.tenant <= $1 ${ORDER} limit ${limit})`;

// $9 is the pattern of the rarest word; null: it has no trigram. In CASE each condition is only looked at if those before it
// hold. The advice is the same for all rows, so that of the two ways only one is gone.
export const NAMES: Statement = {
  name: 'waybill_search_names',
  text: `
  with advice as materialized (
    select case when $9::text is null then false
      when not exists (
        select from pg_index where indexrelid = to_regclass('file_attributes_name_trgm') and indisvalid
      ) then false
      else (select count(*) = ${SAMPLE} and count(*) filter (where name ilike $9) < ${OFTEN}
        from ${newest('', SAMPLE)} as newest) end as ask
  ), rare as materialized (
    select a.* from file_attributes a
    where (select ask from advice) and array[a.tenant] @> array[$1]::text[] and a.name ilike $9 limit ${MOST + 1}
  ), candidate as (
    (select * from rare where (select count(*) from rare) <= ${MOST})
    union all
    ${newest(`(not (select ask from advice) or (select count(*) from rare) > ${MOST}) and `, WALKED)}
  )
  select a.file_id as id, a.name from candidate as a
    cross join lateral (select from file f where ${CONDITIONS} limit 1) as f ${ORDER} limit ${MOST}`,
};

export async function findNames(reader: RowReader, query: WebQuery, scope: SearchScope): Promise<NameMatch[]> {
  const found = new Map<string, number>();
  // A single letter is in nearly every name.
  const asked = query.slice(0, ALTERNATIVES).filter(({ wanted }) => wanted.every(({ typed }) => typed.length > 1));
  const matches = await Promise.all(asked.map((alternative) => findNamesOf(reader, alternative, scope)));
  for (const { id, rank } of matches.flat()) found.set(id, Math.max(rank, found.get(id) ?? 0));
  return Array.from(found, ([id, rank]) => ({ id, rank }));
}

async function findNamesOf(
  reader: RowReader,
  { wanted, unwanted }: Alternative,
  { tenant, states, name, createdAfter, createdBefore, labels }: SearchScope,
): Promise<NameMatch[]> {
  const [longest = ''] = wanted.flatMap(({ typed }) => typed.split(/\s+/u)).toSorted((a, b) => b.length - a.length);
  const rare = hasTrigram(longest) ? `%${escapeLike(longest)}%` : null;
  const [having, lacking] = [wanted, unwanted].map((terms) => terms.map(patternOf));
  const values = [tenant, states, having, lacking, name, createdAfter, createdBefore, labels, rare];
  const rows = await reader.query<Named>(NAMES, values);
  return rows.map((row) => ({ id: row.id, rank: rankOf(row.name, wanted) }));
}

/** Between the words of a phrase a name has a space, or any other character. */
const patternOf = ({ typed }: Term): string => `%${escapeLike(typed).replaceAll(/\s+/gu, '_')}%`;

/** As ts_rank does with the length of a text: the more words a name has, the less each of them counts. */
function rankOf(name: string, wanted: readonly Term[]): number {
  const folded = ` ${foldName(name)} `;
  const scores = wanted.map(({ words }) => {
    const part = words.join(' ');
    if (folded.includes(` ${part} `)) return 1;
    return folded.includes(` ${part}`) ? BEGINNING : INSIDE;
  });
  const length = folded.split(' ').length - 2;
  return (FULL * Math.min(...scores)) / (1 + Math.log(Math.max(1, length)));
}
