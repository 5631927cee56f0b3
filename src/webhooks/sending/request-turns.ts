// Requests take turns, so that no tenant and no webhook is in the way of others. A webhook's only request at a time has turns of
// its own: receivers that are slow, however many requests they have earned, take none of these from others.
import { Turns } from '../../jobs/turns.ts';

const UNBOUNDED = { waiting: Infinity, waitingOfTenant: Infinity };
/** Of webhooks that have no other: one each. */
const FIRST = { name: 'webhooks', atOnce: 1_024, atOncePerTenant: 128, ...UNBOUNDED };
/** Beside a webhook's first. */
const FURTHER = { name: 'further requests of webhooks', atOnce: 256, atOncePerTenant: 64, ...UNBOUNDED };

export class RequestTurns {
  readonly #first = new Turns(FIRST);
  readonly #further = new Turns(FURTHER);

  /** @param isFirst no other request of the webhook is under way in a first turn @param work begins at once where it may */
  async take(tenant: string, isFirst: boolean, work: () => Promise<void>): Promise<void> {
    await (isFirst ? this.#first : this.#further).take({ tenant, weight: 1, size: () => 1 }, work);
  }
}
