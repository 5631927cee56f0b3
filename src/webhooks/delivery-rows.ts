// The rows of deliveries, as the owner of their webhook sees them.
import type { Pool } from 'pg';
import { asTenant } from '../db/scope.ts';
import type { DeliveryState } from '../entities/webhook-delivery.ts';
import type { Place } from '../feed/place.ts';

export interface DeliveryRecord extends Place {
  /** UUIDs. */
  readonly webhookId: string;
  readonly fileId: string;
  readonly attempts: number;
  readonly state: DeliveryState;
  readonly status: number | null;
  readonly error: string | null;
  /** RFC 3339, UTC, as all times. */
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
}

/** Strictly between positions; from the end, oldest first. */
export interface PositionPage {
  readonly after: number | null;
  readonly before: number | null;
  readonly limit: number;
  readonly fromEnd: boolean;
}

interface Row extends Place {
  readonly webhook_id: string;
  readonly file_id: string;
  readonly attempts: number;
  readonly state: DeliveryState;
  readonly status: number | null;
  readonly error: string | null;
  readonly next_attempt_at: Date | null;
  readonly created_at: Date;
  readonly delivered_at: Date | null;
}

const COLUMNS =
  'webhook_id, position, fingerprint, file_id, attempts, state, status, error, next_attempt_at, created_at, delivered_at';

const listInOrder = (order: 'asc' | 'desc'): string => `
  select ${COLUMNS} from webhook_delivery
  where webhook_id = $2 and tenant is not distinct from $1 and position < $3 and position > $4 order by webhook_id ${order}, position ${order} limit $5`;

const FIND = `
  select ${COLUMNS} from webhook_delivery
  where webhook_id = $2 and position = $3 and fingerprint = $4 and tenant is not distinct from $1`;

export class DeliveryRows {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Newest first. */
  async list(tenant: string, webhookId: string, page: PositionPage): Promise<DeliveryRecord[]> {
    const { after, before, limit, fromEnd } = page;
    const values = [tenant, webhookId, after ?? Number.MAX_SAFE_INTEGER, before ?? 0, limit];
    const text = listInOrder(fromEnd ? 'asc' : 'desc');
    const { rows } = await asTenant(tenant, () => this.#pool.query<Row>(text, values));
    return rows.map(toRecord);
  }

  async find(tenant: string, webhookId: string, { position, fingerprint }: Place): Promise<DeliveryRecord | null> {
    const values = [tenant, webhookId, position, fingerprint];
    const { rows } = await asTenant(tenant, () => this.#pool.query<Row>(FIND, values));
    return rows[0] === undefined ? null : toRecord(rows[0]);
  }
}

function toRecord(row: Row): DeliveryRecord {
  const { position, fingerprint, attempts, state, status, error } = row;
  return {
    webhookId: row.webhook_id,
    fileId: row.file_id,
    position,
    fingerprint,
    attempts,
    state,
    status,
    error,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    deliveredAt: row.delivered_at?.toISOString() ?? null,
  };
}
