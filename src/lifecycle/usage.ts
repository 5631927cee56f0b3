// What a tenant has and how much it may have (WAYBILL_QUOTA_BYTES, WAYBILL_QUOTA_FILES, WAYBILL_MAX_OPEN_UPLOADS). The kept
// counts and what batches have added to them since, in one snapshot: exact at any moment (entities/file-count.ts).
import type { Statement } from '../db/connection.ts';
import { KEPT_COUNTS } from '../entities/file-count-delta.ts';
import { FILE_STATES } from '../fsm/machine.ts';
import { wantsBytes } from '../fsm/tags.ts';

export interface Usage {
  readonly files: number;
  /** Of MANAGED files (reserved-bytes.ts). */
  readonly bytes: number;
  /** Files whose bytes are still to come. */
  readonly openUploads: number;
}

/** null: there is no limit. */
export interface Quotas {
  readonly files: number | null;
  readonly bytes: number | null;
  readonly openUploads: number | null;
}

export const NO_QUOTAS: Quotas = { files: null, bytes: null, openUploads: null };

export const NOTHING: Usage = { files: 0, bytes: 0, openUploads: 0 };

const OPEN = FILE_STATES.filter(wantsBytes)
  .map((state) => `'${state}'`)
  .join();

const FILES = `select tenant, files, case when state in (${OPEN}) then files else 0 end as open, 0 as bytes
    from ${KEPT_COUNTS} as counts where tenant = any ($1::text[])`;
const bytesIn = (table: string): string =>
  `select tenant, 0 as files, 0 as open, bytes from ${table} where tenant = any ($1::text[])`;

const READ: Statement = {
  name: 'waybill_read_usage',
  text: `select tenant, sum(files)::text as files, sum(open)::text as open, sum(bytes)::text as bytes from (
    ${FILES}
    union all ${bytesIn('byte_count')} union all ${bytesIn('byte_count_delta')}
  ) as kept group by tenant`,
};

interface Row {
  readonly tenant: string;
  readonly files: string;
  readonly open: string;
  readonly bytes: string;
}

/** Runs a statement and waits for its rows. */
export type Query = <Found>(statement: Statement, values: readonly unknown[]) => Promise<Found[]>;

/** Tenants that have nothing may be left out. */
export async function readUsage(query: Query, tenants: readonly string[]): Promise<Map<string, Usage>> {
  const rows = await query<Row>(READ, [tenants]);
  return new Map(
    rows.map(({ tenant, files, open, bytes }) => [
      tenant,
      { files: Number(files), bytes: Number(bytes), openUploads: Number(open) },
    ]),
  );
}
