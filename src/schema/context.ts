// The context of every resolver: the caller, and the services behind the schema.
import type { MutationRates } from '../auth/limits/mutation-rates.ts';
import type { ApiKeys } from '../auth/keys/api-keys.ts';
import type { SignedUrls } from '../auth/urls/signed-urls.ts';
import type { Principal } from '../auth/principal.ts';
import type { Feed } from '../feed/feed.ts';
import type { LifecycleEngine } from '../fsm/types.ts';
import type { FileReader } from '../lifecycle/reader.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { FileSearch } from '../search/search.ts';
import type { Quotas } from '../lifecycle/usage.ts';
import type { RegistrationLimits } from '../lifecycle/input.ts';
import type { Claims } from '../processing/claims.ts';
import type { LeaseRights } from '../processing/lease-rights.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { IsReadable } from '../uploads/content.ts';
import type { Connection, SubscriptionSlots } from './subscriptions/slots.ts';

/** Text that a worker found in a file. */
export interface FoundText {
  readonly tenant: string;
  /** A UUID, as the token is. */
  readonly fileId: string;
  readonly token: string;
  readonly text: string;
}

/** How much each tenant may have and do. */
export interface TenantLimits {
  readonly quotas: Quotas;
  /** Mutations a second; null: no limit. */
  readonly rateLimit: number | null;
}

/** Created once for the whole program. */
export interface Services {
  readonly lifecycle: Lifecycle;
  readonly reader: FileReader;
  readonly search: FileSearch;
  readonly feed: Feed;
  readonly claims: Claims;
  readonly leaseRights: LeaseRights;
  /** Whether clients may read the bytes of a file. */
  readonly isReadable: IsReadable;
  readonly engine: LifecycleEngine;
  readonly limits: RegistrationLimits;
  readonly tenantLimits: TenantLimits;
  /** null: mutations have no rate. */
  readonly rates: MutationRates | null;
  readonly slots: SubscriptionSlots;
  /** Stores text for search; null: there is no search. */
  readonly stageText: ((found: FoundText) => Promise<unknown>) | null;
  readonly keys: ApiKeys;
  readonly webhooks: Webhooks;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
}

/** Who sent an operation, and over what. */
export interface Caller {
  readonly principal: Principal;
  /** Identifies this request in the log, and in the error when something unexpected happened. */
  readonly requestId: string;
  /** The URL at which the caller reaches this server; the URLs in its results start with it. No trailing slash. */
  readonly baseUrl: string;
  /** Signs them; null where nobody signs in, and where results are shared. */
  readonly urls: SignedUrls | null;
  readonly connection: Connection;
  /** Aborted when the right of an event stream ends; null where that is not up to a single stream. */
  readonly right: AbortSignal | null;
  /** Sent by an SSE client that reconnects: the cursor of the last change it saw. */
  readonly lastEventId: string | null;
  /** Made when it is first asked for. Aborted when the caller goes away before it has been sent its answer. */
  readonly signal: () => AbortSignal;
}

export interface GraphQLContext extends Services, Caller {
  /** The cursor of the change that a subscription delivered last. */
  readonly stream: { cursor: string | null };
}
