// What a resolver can reach: the principal of this request, and the services behind the schema.
import type { Principal } from '../auth/principal.ts';
import type { Feed } from '../feed/feed.ts';
import type { LifecycleEngine } from '../fsm/types.ts';
import type { FileReader } from '../lifecycle/file-reader.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Connection, SubscriptionSlots } from './subscriptions/slots.ts';

/** Limits of what can be registered. */
export interface RegistrationLimits {
  readonly maxUploadBytes: number;
  readonly maxAttempts: number;
}

/** One set for the whole program. */
export interface Services {
  readonly lifecycle: Lifecycle;
  readonly reader: FileReader;
  readonly feed: Feed;
  readonly engine: LifecycleEngine;
  readonly limits: RegistrationLimits;
  readonly slots: SubscriptionSlots;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
}

/** Where an operation comes from. */
export interface Caller {
  readonly principal: Principal;
  /** Names this request in the log, and in the error when something unexpected happened. */
  readonly requestId: string;
  /** Where it reaches this server; URLs that it is given begin so. No trailing slash. */
  readonly baseUrl: string;
  readonly connection: Connection;
  /** Of an SSE client that comes back: the cursor of the last change it saw. */
  readonly lastEventId: string | null;
}

export interface GraphQLContext extends Services, Caller {
  /** Of a subscription: the cursor of the change it has just told of. */
  readonly stream: { cursor: string | null };
}
