// URLs that carry their right, for those who cannot send a header: an <img>, a link, a plain tus client. The right is for
// one file, one action and a time, and is in the query: `?signature=<secret>.<expiry>.<tenant>.<MAC>`.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isConnectionLost } from '../../db/pg-errors.ts';
import type { Clock } from '../clock.ts';
import type { Principal } from '../principal.ts';
import { SignInUnavailable, Unauthenticated } from '../unauthenticated.ts';
import type { SigningKey } from './signing-secrets.ts';

/** What a URL can be signed for. */
export type UrlAction = 'read' | 'upload';

export interface Grant {
  readonly tenant: string;
  /** UUID. */
  readonly fileId: string;
  readonly action: UrlAction;
}

export interface SignedUrlsOptions {
  readonly clock: Clock;
  /** How long URLs work, and the longest that can be asked for. */
  readonly ttlSeconds: number;
  /** Newest first. */
  readonly readKeys: () => Promise<readonly SigningKey[]>;
}

/** It was good. The status says how to get a new one; only whoever had the old one learns that it has expired. */
export class UrlExpired extends Unauthenticated {
  constructor() {
    const message =
      'URL_EXPIRED: ask for a new one (uploadUrl or contentUrl of the file), or send Authorization to this one.';
    super('a signed URL has expired', { message });
  }
}

const SIGNATURE = /^([1-9]\d{0,8})\.([1-9]\d{9,11})\.([\w-]{1,1400})\.([\w-]{43})$/;

const PAUSE_MS = 1_000;

const refused = (): Unauthenticated => new Unauthenticated('the signature of a URL is not valid');

export class SignedUrls {
  readonly ttlSeconds: number;
  readonly #options: SignedUrlsOptions;
  #keys: readonly SigningKey[] = [];
  #readAt = 0;

  constructor(options: SignedUrlsOptions) {
    this.#options = options;
    this.ttlSeconds = options.ttlSeconds;
  }

  /** Reads the secrets; call it before anything is signed, and again and again: they are rotated. */
  async refresh(): Promise<void> {
    this.#readAt = this.#options.clock.now();
    this.#keys = await this.#options.readKeys();
  }

  /** The query of the URL, without the question mark. */
  sign(grant: Grant, seconds = this.ttlSeconds): string {
    const [newest] = this.#keys;
    if (newest === undefined) throw new TypeError('nothing to sign with: refresh was not called');
    const expires = Math.floor(this.#options.clock.now() / 1_000) + seconds;
    return `signature=${print(newest, grant, expires)}`;
  }

  /**
   * @returns whom the URL stands for, who may do this with this file and nothing else
   * @throws Unauthenticated, UrlExpired, SignInUnavailable
   */
  async verify(signature: string, fileId: string, action: UrlAction): Promise<Principal> {
    const [, id, expires, encodedTenant = ''] = SIGNATURE.exec(signature) ?? [];
    const key = id === undefined ? undefined : await this.#find(Number(id));
    if (key === undefined) throw refused();
    const tenant = Buffer.from(encodedTenant, 'base64url').toString();
    // As texts: of the bytes behind them, several texts are the same.
    const expected = Buffer.from(print(key, { tenant, fileId, action }, Number(expires)));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refused();
    const expiresAt = Number(expires) * 1_000;
    if (expiresAt <= this.#options.clock.now()) throw new UrlExpired();
    return { subject: 'system:signed-url', tenant, roles: [], expiresAt };
  }

  /** Another replica may sign with a secret that this one has not read yet. Whoever makes up numbers causes one read a second. */
  async #find(id: number): Promise<SigningKey | undefined> {
    const find = (): SigningKey | undefined => this.#keys.find((key) => key.id === id);
    const isNewer = id > (this.#keys[0]?.id ?? 0);
    if (isNewer && this.#options.clock.now() - this.#readAt >= PAUSE_MS) await this.#refreshFor();
    return find();
  }

  /** For somebody who waits for it. */
  async #refreshFor(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      throw isConnectionLost(error) ? new SignInUnavailable({ cause: error }) : error;
    }
  }
}

function print({ id, key }: SigningKey, { action, fileId, tenant }: Grant, expires: number): string {
  const mac = createHmac('sha256', key).update(JSON.stringify([action, fileId, tenant, expires]));
  return `${id}.${expires}.${Buffer.from(tenant).toString('base64url')}.${mac.digest('base64url')}`;
}
