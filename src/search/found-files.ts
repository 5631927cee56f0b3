// The statement behind a page of a search: which texts match, how well, and the files they are of, all in one snapshot.
//
// A text is searched in its own language, so the query is read once for each language that the tenant has texts in. Rare words
// come from the index of words, which cannot return the newest first nor stop early. What is in many texts of many is
// looked for in the newest texts instead, one after the other, until there are enough. OFFSET 0 keeps the planner from
// reading all texts of all tenants in the order that the list is to have.
import type { Statement } from '../db/connection.ts';
import { each } from '../db/planner.ts';
import { KEPT_COUNTS } from '../entities/file-count-delta.ts';
import { JSON_COLUMNS } from '../entities/file-snapshot.ts';
import { selectPlain } from '../lifecycle/file-rows.ts';
import { windowsOf } from './windows.ts';

/** Matches that are ranked, the newest of all. Ranking reads the words of each: 10,000 take some 0.2 s. */
const MOST_RANKED = 10_000;
/** The newest texts of a language, which tell how common the query is. */
const SAMPLE = 500;
/** With fewer texts the index always is the faster way. */
const MANY_TEXTS = 20_000;

/**
 * Milliseconds after which a statement reads no more texts for snippets: files come without them, rather than the whole page
 * with QUERY_TIMEOUT. A regular expression takes some 10 ms for a text of 1 MiB.
 */
const SNIPPETS_UNTIL_MS = 2_500;

// What it costs to read a match that the index found is about half of what it costs to look at a text. With n texts, of
// which a share s match, the index is slower when s * n > 2 * MOST_RANKED / s.
const READ_TO_LOOK = 2;

/** Parameters that every statement has, by their place. */
const [TENANT, QUERY, STATES, NAME_IDS, NAME_RANKS, AFTER_RANK, AFTER_ID, LIMIT] = placesFrom(1, 8);
/** How many files come with windows of their text, by which patterns, and the columns of JSON that they come with. */
const [WINDOWS_OF, PATTERNS, JSON_WANTED] = placesFrom(9, 3);
/** And those of a filter. */
const [NAME, CREATED_AFTER, CREATED_BEFORE, LABELS] = placesFrom(12, 4);

function placesFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `$${first + at}`);
}

const OF_TENANT = `t.tenant >= ${TENANT} and t.tenant <= ${TENANT}`;
const NEWEST = 'order by t.tenant desc, t.language desc, t.file_id desc';
const OF_LANGUAGE = `${OF_TENANT} and t.language >= w.language and t.language <= w.language`;

/** The languages of a tenant, each found by one look into the index. */
const SPOKEN = `spoken (language) as (
    (select t.language from file_text t where ${OF_TENANT} order by t.tenant, t.language limit 1)
    union all
    select (select t.language from file_text t
      where ${OF_TENANT} and (t.tenant, t.language) > (${TENANT}, s.language) order by t.tenant, t.language limit 1)
    from spoken s where s.language is not null
  )`;

/** A configuration that is gone, as after a restore on another server, is read as simple. */
const CONFIGURATION = `coalesce((select c.oid from pg_ts_config c where c.cfgname = s.language
      and pg_ts_config_is_visible(c.oid) limit 1), 'pg_catalog.simple'::regconfig)::regconfig`;

const COUNTED = `${KEPT_COUNTS} as counted where tenant = ${TENANT} and state = any(${STATES}::text[])`;
const IS_MANY = `(select coalesce(sum(files), 0) > ${MANY_TEXTS} from ${COUNTED})`;
const TEXTS = `(select coalesce(sum(files), 0) from ${COUNTED})`;
const SHARE = `(select count(*)::float8 / ${SAMPLE} from (
      select t.tsv from file_text t where ${OF_LANGUAGE} ${NEWEST} limit ${SAMPLE}
    ) as newest where newest.tsv @@ w.query)`;

const JSON_SELECTION = JSON_COLUMNS.map(
  (column) => `case when '${column}' = any(${JSON_WANTED}::text[]) then p.${column}::text end as ${column}`,
);
const COLUMNS = [selectPlain('p'), ...JSON_SELECTION].join(', ');

const joinFiltered = `cross join lateral (
        select from file f, file_attributes a
        where f.id = ${each('t.file_id')} and a.file_id = ${each('t.file_id')} and f.state = any(${STATES}::text[])
          and (${NAME}::text is null or a.name ilike ${NAME})
          and (${CREATED_AFTER}::timestamptz is null or a.created_at >= ${CREATED_AFTER})
          and (${CREATED_BEFORE}::timestamptz is null or a.created_at < ${CREATED_BEFORE})
          and (${LABELS}::jsonb[] is null or a.labels @> any(${LABELS}::jsonb[]))
        limit 1
      ) as fitting`;

function textOf(isFiltered: boolean): string {
  const join = isFiltered ? joinFiltered : '';
  return `
  with recursive ${SPOKEN}, asked as materialized (
    select language, query from (
      select s.language, websearch_to_tsquery(${CONFIGURATION}, ${QUERY}) as query from spoken s where s.language is not null
    ) as parsed where numnode(query) > 0
  ), wanted as materialized (
    select w.*, case when not ${IS_MANY} then false
      else ${SHARE} ^ 2 * ${TEXTS} > ${READ_TO_LOOK * MOST_RANKED} end as is_common
    from asked w
  ), found as (
    select w.language, w.query, t.* from wanted w cross join lateral (
      (select t.file_id, t.token, t.tsv from (
          select * from file_text t where not w.is_common and t.indexed and t.tsv @@ w.query
            and (array[t.tenant || ' ' || t.language]) @> array[${TENANT} || ' ' || w.language] offset 0
        ) as t ${join} order by t.file_id desc limit ${MOST_RANKED})
      union all
      (select t.file_id, t.token, t.tsv from file_text t ${join}
        where w.is_common and t.indexed and t.tsv @@ w.query and ${OF_LANGUAGE}
        ${NEWEST} limit ${MOST_RANKED})
    ) as t order by t.file_id desc limit ${MOST_RANKED}
  ), ranked as (
    select file_id, token, language, ts_rank(tsv, query, 1)::float8 as rank from found
    union all
    select file_id, null::uuid, null, rank from unnest(${NAME_IDS}::uuid[], ${NAME_RANKS}::float8[]) as n (file_id, rank)
  ), best as (
    select file_id, max(rank) as rank, max(language) as language, max(token::text)::uuid as token
    from ranked group by file_id
  ), ordered as (
    select * from best where ${AFTER_RANK}::float8 is null or (rank, file_id) < (${AFTER_RANK}::float8, ${AFTER_ID}::uuid)
    order by rank desc, file_id desc
  ), page as materialized (
    select o.rank, o.language, o.token, f.* from ordered o cross join lateral (
      select * from file f where f.id = ${each('o.file_id')} and f.tenant is not distinct from ${TENANT}
        and f.state = any(${STATES}::text[]) limit 1
    ) as f order by o.rank desc, o.file_id desc limit ${LIMIT}
  ), placed as (
    select row_number() over (order by rank desc, id desc) as place, * from page
  )
  select p.rank, p.language, ${COLUMNS},
    case when p.place <= ${WINDOWS_OF} and p.token is not null
      and clock_timestamp() < statement_timestamp() + interval '${SNIPPETS_UNTIL_MS} ms' then (
      ${windowsOf({ file: 'p.id', token: 'p.token', tenant: TENANT!, patterns: PATTERNS! })}
    ) end as windows
  from placed p order by p.place`;
}

export const FOUND: Statement = { name: 'waybill_search', text: textOf(false) };
export const FOUND_FILTERED: Statement = { name: 'waybill_search_filtered', text: textOf(true) };
