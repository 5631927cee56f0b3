// The pieces of a text that snippets are cut from, as a part of the statement of a search: only what stands around the first
// hits is read closely, because ts_headline on 1 MiB takes a tenth of a second, and a page has many texts.
import { each } from '../db/planner.ts';

/** Characters before a hit, and of the whole piece: thirty words, of which eight come before the hit. */
const BEFORE = 200;
const AROUND = 600;

/** Characters at the beginning of a text, where common words are: a regular expression first unpacks all that it is given. */
const BEGINNING = 16 * 1024;

/** The character of the text at which a piece begins, from 1, and the piece. */
export type Window = readonly [at: number, text: string];

/** SQL, each a parameter or a column. */
interface Source {
  readonly file: string;
  readonly token: string;
  readonly tenant: string;
  readonly patterns: string;
}

/**
 * Where a pattern first matches, from 1; NULL: nowhere. regexp_instr looks for all matches and returns the first, which took
 * 190 ms in 1 MiB of one word. The character before is part of what strpos looks for, or it would find a word that only
 * contains the one that was found.
 */
const placeIn = (text: string): string => `strpos(${text}, (regexp_match(${text}, '.?' || pattern, 'i'))[1])`;

/**
 * A subquery: JSON, a list of windows in the order of the text. Each pattern's first hit; without any, the beginning of the
 * text. OFFSET 0: the text is read from its place once.
 */
export const windowsOf = ({ file, token, tenant, patterns }: Source): string => `
      select json_agg(json_build_array(w.at, substr(t.text, w.at, ${AROUND})) order by w.at)
      from (
        select text || '' as text from file_text where file_id = ${each(file)} and token is not distinct from ${token}
          and tenant is not distinct from ${tenant} and indexed offset 0
      ) as t
      cross join lateral (select left(t.text, ${BEGINNING}) as beginning) as b
      cross join lateral (
        with found as (
          select coalesce(${placeIn('b.beginning')}, ${placeIn('t.text')}) as at from unnest(${patterns}::text[]) as pattern
        )
        select greatest(1, at - ${BEFORE}) as at from found where at > 0
        union select 1 where not exists (select from found where at > 0)
      ) as w`;
