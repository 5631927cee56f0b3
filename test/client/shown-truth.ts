// Whether lists that were shown had ever been true, by the log.
import type { FileFilter, FileOrder } from '../../packages/client/src/generated/operations.ts';
import type { FilesSnapshot } from '../../packages/client/src/live/files.ts';
import { comparing } from '../../packages/client/src/live/order.ts';
import type { TestDatabase } from '../support/database.ts';

interface Wanted {
  readonly filter: FileFilter;
  readonly orderBy: FileOrder;
}

/** Each file as of some version of it in the log, that matches, in order; and no file ever as it was before. */
export async function faultsOf(
  shown: readonly FilesSnapshot[],
  { filter, orderBy }: Wanted,
  database: TestDatabase,
): Promise<string[]> {
  const states = await readStates(database);
  const compare = comparing(orderBy);
  const versions = new Map<string, number>();
  const faults: string[] = [];
  for (const [at, { files }] of shown.entries()) {
    for (const [index, file] of files.entries()) {
      const { id, version, state } = file;
      if (states.get(`${id} ${version}`) !== state) faults.push(`${at}: ${id} was never ${state} at ${version}`);
      if (filter.states != null && !filter.states.includes(state)) faults.push(`${at}: ${id} is ${state}`);
      if (version < (versions.get(id) ?? 0)) faults.push(`${at}: ${id} goes back to ${version}`);
      versions.set(id, version);
      if (index > 0 && compare(files[index - 1]!, file) >= 0) faults.push(`${at}: ${id} is out of order`);
    }
  }
  return faults;
}

/** By id and version. */
async function readStates(database: TestDatabase): Promise<Map<string, string>> {
  const rows = await database.query<{ key: string; state: string }>(
    `select 'file_' || file_id || ' ' || version as key, coalesce(to_state, file ->> 'state') as state from file_change where kind <> 'DELETED'`,
  );
  return new Map(rows.map(({ key, state }) => [key, state]));
}
