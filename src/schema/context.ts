// What a resolver can reach: the principal of this request, and the services behind the schema.
import type { Principal } from '../auth/principal.ts';
import type { Feed } from '../feed/feed.ts';
import type { LifecycleEngine } from '../fsm/types.ts';
import type { FileReader } from '../lifecycle/file-reader.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';

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
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
}

export interface GraphQLContext extends Services {
  readonly principal: Principal;
  /** Names this request in the log, and in the error when something unexpected happened. */
  readonly requestId: string;
}
