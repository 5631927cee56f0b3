// Plans of prepared statements. A plan outlives the statistics it was made from: made on a small table, or on one that
// nobody has analysed, it stays in use while the table grows. So a statement must leave the planner one choice only:
//
// - A list of rows is joined by `= any (array[key])` (see `each`). It can use an index, but neither a hash nor a merge join.
// - A lookup in a list is a LATERAL subquery with LIMIT or FOR UPDATE, which can only run once for each row.
// - What must be checked but not searched for, such as the tenant of a row found by its primary key, is compared with
//   `is not distinct from`, which no index serves.
import type { SessionSettings } from './session.ts';

/**
 * In a generic plan the LIMIT is unknown, and the planner prefers what returns the first rows soon: the index that has them
 * in order, and not one whose rows it would have to sort, all of them for each page. In a plan for these values the choice
 * depends on how many rows it expects, which without statistics is a guess.
 *
 * What is left to choose is a scan of the whole table, the best plan for a table of one page: `seq_page_cost` rules it out.
 * JIT compiles plans that look expensive, at up to 400 ms each; no statement of a batch runs long enough to earn that.
 */
const SETTINGS = { plan_cache_mode: 'force_generic_plan', seq_page_cost: '10000', jit: 'off' };

/** For the select list of a transaction's first statement. */
export const PLANNER_SETTINGS = Object.entries(SETTINGS)
  .map(([name, value]) => `set_config('${name}', '${value}', true)`)
  .join(', ');

/** The same for a session in which nothing but such statements is sent, without a transaction around each. */
export const PLANNER_SESSION: SessionSettings = SETTINGS;

/** The right side of a join with a column that is to be searched by its index, once for each row. */
export const each = (key: string): string => `any (array[${key}])`;
