// API keys: made, checked, listed and revoked.
import type { Role } from '../../config-auth.ts';
import type { Logger } from '../../log.ts';
import { isConnectionLost } from '../../db/pg-errors.ts';
import { encodeId } from '../../ids.ts';
import type { Clock } from '../clock.ts';
import { LruMap } from '../lru-map.ts';
import type { Principal } from '../principal.ts';
import { SignInUnavailable, Unauthenticated } from '../unauthenticated.ts';
import type { ApiKeyRecord, KeyPage, KeyRows } from './key-rows.ts';
import { digestOf, idOfKey, isKeyOf, makeKey } from './key-text.ts';

export interface ApiKeysOptions {
  readonly rows: KeyRows;
  readonly clock: Clock;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
  readonly log: Logger;
  /** Keys that work at once; left out: any number, as for the command on the machine itself. */
  readonly maxPerTenant?: number;
  /** Called for each key that was not made because of it. */
  readonly onExceeded?: (() => void) | undefined;
}

export interface KeyInput {
  readonly tenant: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** RFC 3339; null: never. */
  readonly expiresAt: string | null;
  /** Subject. */
  readonly createdBy: string;
}

export interface CreatedKey {
  readonly key: ApiKeyRecord;
  /** The key itself, which is not stored. */
  readonly secret: string;
}

interface Seen {
  readonly row: Promise<ApiKeyRecord | null>;
  readonly at: number;
}

/** A key that was revoked on another replica works here for so much longer, at most. */
const FRESH_MS = 2_000;
const TOUCH_EVERY_MS = 60_000;
const MAX_SEEN = 10_000;

export class ApiKeys {
  readonly #options: ApiKeysOptions;
  /** By id, also of keys that do not exist: whoever tries one again and again asks the database every two seconds. */
  readonly #seen = new LruMap<string, Seen>(MAX_SEEN);
  readonly #touched = new LruMap<string, number>(MAX_SEEN);

  constructor(options: ApiKeysOptions) {
    this.#options = options;
  }

  /** @returns null when the tenant has as many keys as it may */
  async create({ roles, ...input }: KeyInput): Promise<CreatedKey | null> {
    const { newId, rows, maxPerTenant = null, onExceeded } = this.#options;
    const id = newId();
    const secret = makeKey(id);
    const row = { ...input, id, roles: [...new Set(roles)], digest: digestOf(secret) };
    const key = maxPerTenant === null ? await rows.insert(row) : await rows.insertAmong(row, maxPerTenant);
    if (key === null) {
      onExceeded?.();
      return null;
    }
    this.#log('an API key was created', input.createdBy, key.id);
    return { key, secret };
  }

  /** @returns whether the tenant had such a key */
  async revoke({ tenant, subject }: Principal, id: string): Promise<boolean> {
    const isRevoked = await this.#options.rows.revoke(tenant, id);
    this.#seen.delete(id);
    if (isRevoked) this.#log('an API key was revoked', subject, id);
    return isRevoked;
  }

  /** By the clock that keys expire by. @param time RFC 3339 */
  isPast(time: string): boolean {
    return Date.parse(time) <= this.#options.clock.now();
  }

  async list(tenant: string, page: KeyPage): Promise<ApiKeyRecord[]> {
    return await this.#options.rows.list(tenant, page);
  }

  async findAll(tenant: string, ids: readonly string[]): Promise<ApiKeyRecord[]> {
    return await this.#options.rows.findAll(tenant, ids);
  }

  /** @throws Unauthenticated, SignInUnavailable */
  async authenticate(text: string): Promise<Principal> {
    const id = idOfKey(text);
    const row = id === null ? null : await this.#read(id);
    // Compared before anything else is looked at, and with a row or without one.
    if (!isKeyOf(text, row?.digest ?? null) || row === null) {
      throw new Unauthenticated(row === null ? 'there is no such API key' : `this is not the secret of ${nameOf(row)}`);
    }
    if (row.isRevoked) throw new Unauthenticated(`${nameOf(row)} was revoked`);
    if (row.expiresAt !== null && this.isPast(row.expiresAt)) {
      throw new Unauthenticated(`${nameOf(row)} expired at ${row.expiresAt}`);
    }
    this.#touch(row);
    const { tenant, roles } = row;
    const principal = { subject: encodeId('ApiKey', row.id), tenant, roles, keyId: row.id };
    return row.expiresAt === null ? principal : { ...principal, expiresAt: Date.parse(row.expiresAt) };
  }

  async #read(id: string): Promise<ApiKeyRecord | null> {
    const { rows, now } = this.#options;
    const seen = this.#seen.get(id);
    if (seen !== undefined && now() - seen.at < FRESH_MS) return await seen.row;
    const row = rows.find(id);
    this.#seen.set(id, { row, at: now() });
    try {
      return await row;
    } catch (error) {
      this.#seen.delete(id);
      throw isConnectionLost(error) ? new SignInUnavailable({ cause: error }) : error;
    }
  }

  #log(message: string, actor: string, id: string): void {
    this.#options.log.info({ actor, apiKey: encodeId('ApiKey', id) }, message);
  }

  /** Nobody waits for it, and nothing depends on it. */
  #touch({ id, tenant }: ApiKeyRecord): void {
    const { rows, now } = this.#options;
    if (now() - (this.#touched.get(id) ?? -Infinity) < TOUCH_EVERY_MS) return;
    this.#touched.set(id, now());
    rows.touch({ id, tenant }).catch(() => this.#touched.delete(id));
  }
}

const nameOf = ({ id, name }: ApiKeyRecord): string =>
  `the API key ${encodeId('ApiKey', id)} (${JSON.stringify(name)})`;
