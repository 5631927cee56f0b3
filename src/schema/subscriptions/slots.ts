// How many live subscriptions one connection and one principal may hold: each costs memory for as long as it lives.
import type { Principal } from '../../auth/principal.ts';
import { DomainError } from '../../errors.ts';
import type { Hold, LiveStream } from '../../feed/live-stream.ts';
import type { GraphQLContext } from '../context.ts';

/** What one connection holds: a WebSocket, or the one stream of an SSE request. */
export interface Connection {
  subscriptions: number;
}

export interface SlotLimits {
  readonly perConnection: number;
  readonly perPrincipal: number;
}

/** One more would be too many; the others go on. */
class TooManySubscriptions extends DomainError<'TOO_MANY_SUBSCRIPTIONS'> {
  constructor(holder: string, limit: number) {
    super('TOO_MANY_SUBSCRIPTIONS', `This ${holder} has ${limit} subscriptions already, which is the limit.`);
  }
}

const nameOf = ({ tenant, subject }: Principal): string => JSON.stringify([tenant, subject]);

export class SubscriptionSlots {
  readonly #limits: SlotLimits;
  readonly #byPrincipal = new Map<string, number>();

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** @throws TooManySubscriptions */
  take(principal: Principal, connection: Connection): Hold {
    const { perConnection, perPrincipal } = this.#limits;
    const name = nameOf(principal);
    const held = this.#byPrincipal.get(name) ?? 0;
    if (connection.subscriptions >= perConnection) throw new TooManySubscriptions('connection', perConnection);
    if (held >= perPrincipal) throw new TooManySubscriptions('principal', perPrincipal);
    connection.subscriptions += 1;
    this.#byPrincipal.set(name, held + 1);
    return new Slot(this.#byPrincipal, name, connection);
  }
}

/** One of them: for as long as the subscription lives, so it is small. */
class Slot implements Hold {
  readonly #byPrincipal: Map<string, number>;
  readonly #name: string;
  readonly #connection: Connection;

  constructor(byPrincipal: Map<string, number>, name: string, connection: Connection) {
    this.#byPrincipal = byPrincipal;
    this.#name = name;
    this.#connection = connection;
  }

  release(): void {
    this.#connection.subscriptions -= 1;
    const held = (this.#byPrincipal.get(this.#name) ?? 1) - 1;
    if (held === 0) this.#byPrincipal.delete(this.#name);
    else this.#byPrincipal.set(this.#name, held);
  }
}

/** Opens a stream that holds a slot until it ends. */
export async function inSlot<Item>(
  { slots, principal, connection }: GraphQLContext,
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
