// Limits how many live subscriptions one connection and one principal may hold: each costs memory while it lives.
import type { Principal } from '../../auth/principal.ts';
import { DomainError } from '../../errors.ts';
import type { Hold, LiveStream } from '../../feed/delivery/live-stream.ts';

/** A WebSocket, or the single stream of an SSE request. */
export interface Connection {
  subscriptions: number;
}

export interface SlotLimits {
  readonly perConnection: number;
  readonly perPrincipal: number;
  /** Called for each subscription that is refused. */
  readonly onRefused?: () => void;
}

/** Refuses the new subscription; those that run are not affected. */
class TooManySubscriptions extends DomainError<'TOO_MANY_SUBSCRIPTIONS'> {
  constructor(holder: string, limit: number) {
    super('TOO_MANY_SUBSCRIPTIONS', `This ${holder} has ${limit} subscriptions already, which is the limit.`);
  }
}

const keyOf = ({ tenant, subject }: Principal): string => JSON.stringify([tenant, subject]);

export class SubscriptionSlots {
  readonly #limits: SlotLimits;
  readonly #byPrincipal = new Map<string, number>();
  readonly #byTenant = new Map<string, number>();

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /**
   * Held until it is released, once.
   * @throws TooManySubscriptions
   */
  take(principal: Principal, connection: Connection): Hold {
    const { perConnection, perPrincipal } = this.#limits;
    const key = keyOf(principal);
    const held = this.#byPrincipal.get(key) ?? 0;
    if (connection.subscriptions >= perConnection) throw this.#refuse('connection', perConnection);
    if (held >= perPrincipal) throw this.#refuse('principal', perPrincipal);
    connection.subscriptions += 1;
    count(this.#byPrincipal, key, 1);
    count(this.#byTenant, principal.tenant, 1);
    return {
      release: () => {
        connection.subscriptions -= 1;
        count(this.#byPrincipal, key, -1);
        count(this.#byTenant, principal.tenant, -1);
      },
    };
  }

  /** Those of a tenant that are open. */
  count(tenant: string): number {
    return this.#byTenant.get(tenant) ?? 0;
  }

  #refuse(holder: string, limit: number): TooManySubscriptions {
    this.#limits.onRefused?.();
    return new TooManySubscriptions(holder, limit);
  }
}

/** Those that are at zero are not kept. */
function count(held: Map<string, number>, key: string, change: number): void {
  const next = (held.get(key) ?? 0) + change;
  if (next === 0) held.delete(key);
  else held.set(key, next);
}

export interface SlotHolder {
  readonly slots: SubscriptionSlots;
  readonly principal: Principal;
  readonly connection: Connection;
}

/** Opens a stream that holds a slot until it ends. */
export async function openInSlot<Item>(
  { slots, principal, connection }: SlotHolder,
  open: () => Promise<LiveStream<Item>>,
): Promise<LiveStream<Item>> {
  const slot = slots.take(principal, connection);
  try {
    const stream = await open();
    stream.hold(slot);
    return stream;
  } catch (error) {
    slot.release();
    throw error;
  }
}
