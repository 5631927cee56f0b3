// Finds and locks files that a worker may take. What is locked by somebody else is left out, so a claim waits for nobody.
import type { Statement } from '../../db/connection.ts';
import type { Transaction } from '../../db/transact.ts';
import type { File } from '../../entities/file.ts';
import { escapeLike } from '../escape-like.ts';
import type { Command } from '../commands.ts';
import { LOCKED_COLUMNS, type LockedRow, toFile } from './locked-row.ts';
import type { ClaimCommand } from '../processing-commands.ts';

/**
 * Where a claim looks for files of some media types: no index has those, and any number of others may wait in front of them.
 * 200,000 files would take 0.6 to 1.5 s.
 */
const LOOK_AHEAD = 5_000;

/**
 * Oldest first, of each tenant its share. The order names every column of the index, and the tenant is compared as a range:
 * no other index has the rows in that order (src/db/planner.ts). $4: what earlier claims of this batch have locked.
 */
const WAITING = `file.queue = $3 and file.tenant >= share.tenant and file.tenant <= share.tenant and file.claimable_at <= now()
  and file.id <> all ($4::uuid[])`;
const OLDEST = 'order by file.queue, file.tenant, file.claimable_at, file.id';

const lockOf = (where: string): string => `select found.* from unnest($1::text[], $2::int[]) as share (tenant, files)
    cross join lateral (select ${LOCKED_COLUMNS} from file where ${where} for update skip locked) as found`;

const CLAIM: Statement = {
  name: 'waybill_lock_claimable',
  text: lockOf(`${WAITING} ${OLDEST} limit share.files`),
};

/** What is found is checked once more when it is locked. $5: patterns of LIKE. */
const CLAIM_OF_TYPES: Statement = {
  name: 'waybill_lock_claimable_types',
  text: lockOf(`file.id = any (array(
      select oldest.id from (
        select file.id, file.content_type from file where ${WAITING} ${OLDEST} limit ${LOOK_AHEAD}
      ) as oldest where oldest.content_type ilike any ($5) limit share.files
    )) and ${WAITING}`),
};

/** `image/*` as patterns of LIKE. A media type may have parameters behind it. */
function patternsOf(contentType: string): string[] {
  const escaped = escapeLike(contentType);
  return contentType.endsWith('/*') ? [`${escaped.slice(0, -1)}%`] : [escaped, `${escaped};%`, `${escaped} %`];
}

export type Claimable = ReadonlyMap<Command, readonly File[]>;

/** @param locked files that this batch has locked already: they come as the same objects; the others are added */
export async function lockClaimable(
  transaction: Transaction,
  commands: readonly Command[],
  locked: Map<string, File>,
): Promise<Claimable> {
  const claims = commands.filter((command): command is ClaimCommand => command.kind === 'claim');
  const claimable = new Map<Command, readonly File[]>();
  const taken: string[] = [];
  for (const command of claims) {
    const { shares, queue, contentTypes } = command;
    const asked = [shares.map(({ tenant }) => tenant), shares.map(({ files }) => files), queue, taken];
    const rows = await (contentTypes === null
      ? transaction.query<LockedRow>(CLAIM, asked)
      : transaction.query<LockedRow>(CLAIM_OF_TYPES, [...asked, contentTypes.flatMap(patternsOf)]));
    for (const row of rows) if (!locked.has(row.id)) locked.set(row.id, toFile(row));
    taken.push(...rows.map(({ id }) => id));
    claimable.set(
      command,
      rows.map(({ id }) => locked.get(id)!),
    );
  }
  return claimable;
}
