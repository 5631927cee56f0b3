// One change of the log by its place, for whoever comes back to it later.
import type { Pool } from 'pg';
import { asService } from '../../db/scope.ts';
import type { LoggedChange } from '../change.ts';
import { type Place, isSamePlace } from '../place.ts';
import { AT, type PageRow, placeOfRow, toChange } from './reader.ts';

/** Null: it was pruned, or the log was taken back and another change stands there. */
export async function readChangeAt(pool: Pool, place: Place): Promise<LoggedChange | null> {
  const { rows } = await asService(() => pool.query<PageRow>({ ...AT, values: [place.position] }));
  const [row] = rows;
  return row !== undefined && isSamePlace(placeOfRow(row), place) ? toChange(row) : null;
}
