// Verifies JSON Web Tokens (RFC 7519, RFC 8725). A token that was verified is remembered until it expires: checking a
// signature takes 50 to 200 µs, finding it again 2.
import { hash } from 'node:crypto';
import { type JWTPayload, type JWTVerifyOptions, errors, jwtVerify } from 'jose';
import type { JwtConfig } from '../../config-auth.ts';
import { type Clock, TOLERANCE_MS } from '../clock.ts';
import { LruMap } from '../lru-map.ts';
import type { Principal } from '../principal.ts';
import { SignInUnavailable, Unauthenticated } from '../unauthenticated.ts';
import { principalOf } from './claims.ts';
import type { KeySet } from './key-set.ts';

export interface TokensOptions {
  readonly settings: JwtConfig;
  /** Null with a secret. */
  readonly keySet: KeySet | null;
  readonly clock: Clock;
}

interface Remembered {
  readonly principal: Principal & { readonly expiresAt: number };
  readonly generation: number;
}

const MAX_REMEMBERED = 10_000;
/** The last time that RFC 3339 can say. Some providers write a later one for never. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

export class Tokens {
  readonly #options: TokensOptions;
  readonly #checks: JWTVerifyOptions;
  readonly #known = new LruMap<string, Remembered>(MAX_REMEMBERED);

  constructor(options: TokensOptions) {
    const { issuer, audience } = options.settings;
    this.#options = options;
    this.#checks = {
      // Never from the token: an RSA key would else be used as the secret of an HMAC.
      algorithms: options.keySet === null ? ['HS256'] : ['RS256', 'ES256', 'EdDSA', 'Ed25519'],
      clockTolerance: TOLERANCE_MS / 1_000,
      requiredClaims: ['exp'],
      ...(issuer !== null && { issuer }),
      ...(audience !== null && { audience }),
    };
  }

  /** @throws Unauthenticated, SignInUnavailable */
  async verify(token: string): Promise<Principal> {
    const { clock, keySet } = this.#options;
    keySet?.keepFresh();
    const generation = keySet?.generation ?? 0;
    // By digest: whoever reads the memory of this process should not find tokens.
    const digest = hash('sha256', token, 'base64');
    const known = this.#known.get(digest);
    const isGood = known?.generation === generation && clock.now() < known.principal.expiresAt + TOLERANCE_MS;
    if (known !== undefined && isGood) return known.principal;
    const claims = await this.#check(token);
    const expiresAt = Math.min((claims.exp ?? 0) * 1_000, LAST_MS);
    const principal = { ...principalOf(claims, this.#options.settings), expiresAt };
    // The keys of before: if others came while it was checked, it may have been checked by those that are gone.
    this.#known.set(digest, { principal, generation });
    return principal;
  }

  async #check(token: string): Promise<JWTPayload> {
    const { settings, keySet, clock } = this.#options;
    const checks = { ...this.#checks, currentDate: new Date(clock.now()) };
    try {
      const { payload } =
        keySet === null
          ? await jwtVerify(token, settings.secret!, checks)
          : await jwtVerify(token, keySet.find, checks);
      return payload;
    } catch (error) {
      if (error instanceof SignInUnavailable) throw error;
      throw new Unauthenticated(reasonOf(error, this.#checks), { cause: error });
    }
  }
}

const MAX_SHOWN = 100;

/** For whoever set it up: what was expected, and what the token says instead. Claims are no secret; the signature is. */
function reasonOf(error: unknown, { issuer, audience }: JWTVerifyOptions): string {
  if (!(error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)) {
    // Not one of jose's: a key of the set that cannot be used, such as one that is too short.
    const { message, code = 'no code' } = error as Error & { readonly code?: string };
    return `the token was refused: ${message} (${code})`;
  }
  const { claim, message, payload } = error;
  const expected = { iss: issuer, aud: audience }[claim];
  const given = JSON.stringify(payload[claim] ?? null).slice(0, MAX_SHOWN);
  const wanted = expected === undefined ? '' : `, expected ${JSON.stringify(expected)}`;
  return `the token was refused: ${message} (${claim} is ${given}${wanted})`;
}
