// What a replica that sends reads and writes: its lease, the webhooks it holds, and what became of their deliveries. A replica
// has one lease for all it holds. A webhook has an epoch besides: whoever took it over, or changed it, has raised it, and
// nothing is written for a lower one.
import type { Pool } from 'pg';
import { asService } from '../../db/scope.ts';
import type { DeliveryState } from '../../entities/webhook-delivery.ts';
import type { WebhookFormat } from '../../entities/webhook.ts';
import type { Place } from '../../feed/place.ts';
import { BEAT, CLAIM, DISABLE, LEAVE, LOAD, LOST, PRUNE, RECORD, RELEASE } from './sender-statements.ts';

/** A webhook as its sender needs it. */
export interface HeldWebhook {
  /** UUID. */
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly kinds: readonly string[];
  readonly states: readonly string[] | null;
  readonly format: WebhookFormat;
  /** Each signs. */
  readonly secrets: readonly string[];
  readonly place: Place;
  readonly epoch: number;
  /** Null: the last delivery succeeded. */
  readonly failingForMs: number | null;
}

/** A delivery that has a row already. */
export interface KnownDelivery extends Place {
  readonly fileId: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Since it was first tried, or waits behind one that was. */
  readonly ageMs: number;
  /** Until the next attempt. */
  readonly waitMs: number;
}

export interface DeliveryRecording extends Place {
  readonly fileId: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly status: number | null;
  readonly error: string | null;
  /** Until the next attempt; null: there is none, or it waits for another. */
  readonly waitMs: number | null;
}

export interface Recording {
  readonly deliveries: readonly DeliveryRecording[];
  readonly place: Place;
  readonly failingForMs: number | null;
}

export interface Shares {
  /** Webhooks that are to be sent to, and replicas that send. */
  readonly active: number;
  readonly senders: number;
}

interface WebhookRow {
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly kinds: string;
  readonly states: string | null;
  readonly format: WebhookFormat;
  readonly secret: string;
  readonly previous: string | null;
  readonly position: number;
  readonly fingerprint: number;
  readonly epoch: number;
  readonly failing_for_ms: number | null;
}

export class SenderRows {
  readonly #pool: Pool;
  /** UUID of this replica. */
  readonly #me: string;

  constructor(pool: Pool, me: string) {
    this.#pool = pool;
    this.#me = me;
  }

  /** Extends the lease of this replica. */
  async beat(leaseMs: number): Promise<Shares> {
    return (await this.#query<Shares>(BEAT, [this.#me, leaseMs]))[0]!;
  }

  /** Takes webhooks that nobody sends to. */
  async claim(most: number): Promise<HeldWebhook[]> {
    return (await this.#query<WebhookRow>(CLAIM, [this.#me, most])).map(toHeld);
  }

  /** Which of these are not held by this replica any more, or were changed. */
  async findLost(held: readonly Pick<HeldWebhook, 'id' | 'epoch'>[]): Promise<string[]> {
    const rows = await this.#query<{ id: string }>(LOST, [this.#me, ...columnsOfHeld(held)]);
    return rows.map(({ id }) => id);
  }

  /** What the last sender has left: deliveries that are not done, and those behind its place. In feed order. */
  async load({ id, place }: HeldWebhook): Promise<KnownDelivery[]> {
    const rows = await this.#query<Place & { file_id: string; state: DeliveryState; attempts: number } & Waits>(LOAD, [
      id,
      place.position,
    ]);
    return rows.map(({ position, fingerprint, file_id: fileId, state, attempts, age_ms: ageMs, wait_ms: waitMs }) => ({
      position,
      fingerprint,
      fileId,
      state,
      attempts,
      ageMs,
      waitMs,
    }));
  }

  /** @returns false when the webhook is not held any more: nothing was written */
  async record(
    { id, epoch }: Pick<HeldWebhook, 'id' | 'epoch'>,
    { deliveries, place, failingForMs }: Recording,
  ): Promise<boolean> {
    const all = <Value>(of: (delivery: DeliveryRecording) => Value): Value[] => deliveries.map(of);
    const rows = await this.#query(RECORD, [
      id,
      epoch,
      this.#me,
      place.position,
      place.fingerprint,
      failingForMs,
      all(({ position }) => position),
      all(({ fingerprint }) => fingerprint),
      all(({ fileId }) => fileId),
      all(({ state }) => state),
      all(({ attempts }) => attempts),
      all(({ status }) => status),
      all(({ error }) => error),
      all(({ waitMs }) => waitMs),
    ]);
    return rows.length === 1;
  }

  async disable({ id, epoch }: Pick<HeldWebhook, 'id' | 'epoch'>, reason: string): Promise<void> {
    await this.#query(DISABLE, [id, epoch, this.#me, reason]);
  }

  async release(held: readonly Pick<HeldWebhook, 'id' | 'epoch'>[]): Promise<void> {
    await this.#query(RELEASE, [this.#me, ...columnsOfHeld(held)]);
  }

  /** Whatever this replica still holds is free. */
  async leave(): Promise<void> {
    await this.#query(LEAVE, [this.#me]);
  }

  async prune(id: string, keep: number): Promise<void> {
    await this.#query(PRUNE, [id, keep]);
  }

  async #query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return (await asService(() => this.#pool.query<Row>(text, values))).rows;
  }
}

interface Waits {
  readonly age_ms: number;
  readonly wait_ms: number;
}

const columnsOfHeld = (held: readonly Pick<HeldWebhook, 'id' | 'epoch'>[]): unknown[] => [
  held.map(({ id }) => id),
  held.map(({ epoch }) => epoch),
];

function toHeld(row: WebhookRow): HeldWebhook {
  const { id, tenant, url, format, secret, previous, epoch, position, fingerprint } = row;
  return {
    id,
    tenant,
    url,
    kinds: row.kinds.split(' '),
    states: row.states?.split(' ') ?? null,
    format,
    secrets: previous === null ? [secret] : [secret, previous],
    place: { position, fingerprint },
    epoch,
    failingForMs: row.failing_for_ms,
  };
}
