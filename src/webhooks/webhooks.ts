// Webhooks as the rest of the program sees them: made, changed, replayed and listed here, sent to by src/webhooks/sending/.
import type { BlockList } from 'node:net';
import type { Pool } from 'pg';
import type { ChangeKind } from '../feed/change.ts';
import type { Feed } from '../feed/feed.ts';
import type { FileState } from '../fsm/machine.ts';
import { encodeId } from '../ids.ts';
import type { Principal } from '../auth/principal.ts';
import type { Logger } from '../log.ts';
import type { WebhookFormat } from '../entities/webhook.ts';
import { urlFault } from './address.ts';
import type { DeliveryRecord, DeliveryRows, PositionPage } from './delivery-rows.ts';
import type { Place } from '../feed/place.ts';
import { readWebhookLag } from './lag.ts';
import { makeSecret } from './signature.ts';
import type { IdPage, WebhookChanges, WebhookRecord, WebhookRows } from './webhook-rows.ts';

/** How long the secret before a rotation signs too. */
const OLD_SECRET_MS = 864e5;

export interface WebhooksOptions {
  readonly pool: Pool;
  readonly rows: WebhookRows;
  readonly deliveries: DeliveryRows;
  readonly feed: Pick<Feed, 'place' | 'placeOf'>;
  readonly allow: BlockList;
  readonly maxPerTenant: number;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
  readonly log: Logger;
  /** Called when one was made or changed. */
  readonly onChanged: (id: string) => void;
}

export interface WebhookInput {
  readonly url: string;
  readonly kinds: readonly ChangeKind[];
  readonly states: readonly FileState[] | null;
  readonly format: WebhookFormat;
  /** A cursor; null: from now on. */
  readonly after: string | null;
}

export interface WithSecret {
  readonly webhook: WebhookRecord;
  readonly secret: string;
}

export class Webhooks {
  readonly #options: WebhooksOptions;

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** @returns what is wrong with a URL, as a sentence; null: nothing */
  urlFault(url: string): string | null {
    return urlFault(url, this.#options.allow);
  }

  /**
   * @returns null when the tenant has as many as it may
   * @throws CursorError INVALID_CURSOR, CURSOR_EXPIRED, FEED_FORKED
   */
  async create(principal: Principal, { after, ...input }: WebhookInput): Promise<WithSecret | null> {
    const { rows, feed, maxPerTenant, newId } = this.#options;
    const { tenant, subject: createdBy } = principal;
    const place = after === null ? feed.place : await feed.placeOf(after);
    const [id, secret] = [newId(), makeSecret()];
    if (!(await rows.insertAmong({ ...input, id, tenant, place, secret, createdBy }, maxPerTenant))) return null;
    this.#note('a webhook was created', principal, id);
    return { webhook: (await this.#find(tenant, id))!, secret };
  }

  /** @returns null when there is no such webhook, as of the following */
  async update(principal: Principal, id: string, changes: WebhookChanges): Promise<WebhookRecord | null> {
    const { tenant } = principal;
    if (!(await this.#options.rows.update(tenant, id, changes))) return null;
    this.#note('a webhook was changed', principal, id);
    return await this.#find(tenant, id);
  }

  async rotateSecret(principal: Principal, id: string): Promise<WithSecret | null> {
    const secret = makeSecret();
    if (!(await this.#options.rows.rotate(principal.tenant, id, secret, OLD_SECRET_MS))) return null;
    this.#note('a webhook was given a new secret', principal, id);
    const webhook = await this.#find(principal.tenant, id);
    return webhook === null ? null : { webhook, secret };
  }

  async delete(principal: Principal, id: string): Promise<boolean> {
    const isDeleted = await this.#options.rows.delete(principal.tenant, id);
    if (isDeleted) this.#note('a webhook was deleted', principal, id);
    return isDeleted;
  }

  /**
   * Sends everything that matches again, in order.
   * @param after a cursor
   * @throws CursorError as `create`
   */
  async replay(principal: Principal, id: string, after: string): Promise<WebhookRecord | null> {
    const { rows, feed } = this.#options;
    const place = await feed.placeOf(after);
    if (!(await rows.replay(principal.tenant, id, place))) return null;
    this.#note('a webhook is replayed', principal, id);
    return await this.#find(principal.tenant, id);
  }

  async list(tenant: string, page: IdPage): Promise<WebhookRecord[]> {
    return await this.#options.rows.list(tenant, page);
  }

  async findAll(tenant: string, ids: readonly string[]): Promise<WebhookRecord[]> {
    return await this.#options.rows.findAll(tenant, ids);
  }

  async deliveries(tenant: string, webhookId: string, page: PositionPage): Promise<DeliveryRecord[]> {
    return await this.#options.deliveries.list(tenant, webhookId, page);
  }

  async findDelivery(tenant: string, webhookId: string, place: Place): Promise<DeliveryRecord | null> {
    return await this.#options.deliveries.find(tenant, webhookId, place);
  }

  /** How far they are behind: lag.ts. */
  async lagSeconds(tenant: string): Promise<number | null> {
    return await readWebhookLag(this.#options.pool, this.#options.feed, tenant);
  }

  async #find(tenant: string, id: string): Promise<WebhookRecord | null> {
    return (await this.findAll(tenant, [id]))[0] ?? null;
  }

  #note(message: string, { subject: actor }: Principal, id: string): void {
    this.#options.log.info({ actor, webhook: encodeId('Webhook', id) }, message);
    this.#options.onChanged(id);
  }
}
