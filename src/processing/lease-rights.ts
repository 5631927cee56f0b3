// Leases end with the right that they were claimed or extended with. Expiry is in the lease itself, so it holds on every
// replica, and whoever extends with a fresh token goes on. A key that is revoked gives back what was claimed with it.
import type { Principal } from '../auth/principal.ts';
import type { LiveRights } from '../auth/rights.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../log.ts';

export interface LeaseRightsOptions {
  readonly rights: LiveRights;
  readonly lifecycle: Pick<Lifecycle, 'execute'>;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
  readonly log: Logger;
}

export interface HeldLease {
  /** UUID. */
  readonly fileId: string;
  readonly leaseToken: string;
  /** How long from now it lasts, in milliseconds. */
  readonly leaseMs: number;
}

interface Times {
  readonly leaseMs: number;
  readonly waitMs: number;
}

export class LeaseRights {
  readonly #options: LeaseRightsOptions;
  /** By lease token. Each is dropped with the end of its lease, so they are as many as the leases of keys. */
  readonly #held = new Map<string, () => void>();

  constructor(options: LeaseRightsOptions) {
    this.#options = options;
  }

  /** A lease may begin when the wait ends, so the two together fit into the right. */
  bound<Wanted extends Times>(wanted: Wanted, principal: Principal): Wanted {
    const remainingMs = this.#options.rights.remainingMs(principal);
    const waitMs = Math.min(wanted.waitMs, Math.floor(remainingMs / 2));
    return { ...wanted, waitMs, leaseMs: atLeastOne(Math.min(wanted.leaseMs, remainingMs - waitMs)) };
  }

  /** Gives the lease back should the key be revoked before it ends. */
  hold(principal: Principal, lease: HeldLease): void {
    if (principal.keyId === undefined) return;
    this.#held.get(lease.leaseToken)?.();
    const watch = this.#options.rights.watch(principal, () => {
      drop();
      this.#release(principal, lease);
    });
    const drop = (): void => {
      watch.release();
      clearTimeout(timer);
      this.#held.delete(lease.leaseToken);
    };
    const timer = setTimeout(drop, lease.leaseMs).unref();
    this.#held.set(lease.leaseToken, drop);
  }

  /** If this fails, the lease ends by itself. */
  #release({ tenant, subject: actor }: Principal, { fileId, leaseToken }: HeldLease): void {
    const { lifecycle, newId, log } = this.#options;
    const command = { kind: 'release', tenant, actor, attemptId: newId(), fileId, leaseToken, afterMs: 0 } as const;
    void lifecycle
      .execute<'release'>([command])
      .catch((error: unknown) => log.error({ err: error }, 'a lease of a revoked key was not released'));
  }
}

const atLeastOne = (ms: number): number => Math.max(1, Math.floor(ms));
