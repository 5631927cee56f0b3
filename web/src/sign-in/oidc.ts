// The authorization code flow of OpenID Connect with PKCE (RFC 7636), of a public client, and the renewal of its tokens by
// refresh tokens. Tokens are in memory only; what has to outlive the way to the provider and back is used once.
import * as oauth from 'oauth4webapi';
import { BASE_URL, type OidcSettings } from '../app/settings.ts';
import { TEXTS } from '../texts.ts';
import { type Grant, SignInNeeded, type Source } from './credentials.ts';

interface Pending {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** What was shown: the fragment of the address. */
  readonly hash: string;
}

const PENDING = 'waybill:sign-in';

/** The page itself; the provider knows it by this address. */
const REDIRECT_URI = `${BASE_URL}/`;

interface Provider {
  readonly settings: OidcSettings;
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly requests: {
    readonly additionalParameters: URLSearchParams;
    readonly [oauth.allowInsecureRequests]: boolean;
  };
}

/** @throws Error in words */
async function discover(settings: OidcSettings): Promise<Provider> {
  const issuer = new URL(settings.issuer);
  // The server accepts http for a provider on its own machine only.
  const isInsecure = issuer.protocol === 'http:';
  const requests = {
    additionalParameters: new URLSearchParams(settings.parameters),
    [oauth.allowInsecureRequests]: isInsecure,
  };
  const client = { client_id: settings.clientId, [oauth.clockTolerance]: 60 };
  const response = await oauth.discoveryRequest(issuer, { [oauth.allowInsecureRequests]: isInsecure });
  return { settings, server: await oauth.processDiscoveryResponse(issuer, response), client, requests };
}

export async function leaveForProvider(settings: OidcSettings): Promise<void> {
  const { server, requests } = await inWords(discover(settings));
  const pending: Pending = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    hash: location.hash,
  };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const url = new URL(server.authorization_endpoint!);
  const parameters = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: REDIRECT_URI,
    scope: settings.scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of [...requests.additionalParameters, ...Object.entries(parameters)]) {
    url.searchParams.set(name, value);
  }
  location.assign(url);
}

/** @param answer the address to which the provider has led back */
export async function takeAnswer(settings: OidcSettings, answer: URL): Promise<Source> {
  const text = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  const pending = text === null ? null : (JSON.parse(text) as Pending);
  // The code is not left in the address, and the fragment is as it was.
  history.replaceState(null, '', REDIRECT_URI);
  if (pending === null || pending.state !== answer.searchParams.get('state')) throw new Error(TEXTS.signInForeign);
  if (pending.hash !== '') location.replace(pending.hash);
  return await inWords(exchange(settings, answer, pending));
}

async function exchange(settings: OidcSettings, answer: URL, { state, verifier, nonce }: Pending): Promise<Source> {
  const provider = await discover(settings);
  const { server, client, requests } = provider;
  const parameters = oauth.validateAuthResponse(server, client, answer, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    REDIRECT_URI,
    verifier,
    requests,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  return new Tokens(provider, tokens).source();
}

/** What the provider has given, of which the newest counts. */
class Tokens {
  readonly #provider: Provider;
  #refreshToken: string | undefined;
  readonly #idToken: string | undefined;
  readonly #grant: Grant;

  constructor(provider: Provider, tokens: oauth.TokenEndpointResponse) {
    this.#provider = provider;
    this.#refreshToken = tokens.refresh_token;
    this.#idToken = tokens.id_token;
    this.#grant = this.#grantOf(tokens);
  }

  source(): Source {
    return {
      grant: this.#grant,
      renew: this.#refreshToken === undefined ? null : () => this.#renew(),
      end: () => void this.#end(),
    };
  }

  async #renew(): Promise<Grant> {
    const { server, client, requests } = this.#provider;
    try {
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        oauth.None(),
        this.#refreshToken!,
        requests,
      );
      const tokens = await oauth.processRefreshTokenResponse(server, client, response);
      // A provider may give another one each time, and then accepts the old one no more.
      this.#refreshToken = tokens.refresh_token ?? this.#refreshToken;
      return this.#grantOf(tokens);
    } catch (error) {
      // The refresh token is over. Anything else may pass.
      if (error instanceof oauth.ResponseBodyError && error.status < 500) throw new SignInNeeded(error.error);
      throw error;
    }
  }

  #grantOf(tokens: oauth.TokenEndpointResponse): Grant {
    if (this.#provider.settings.token === 'access') {
      const { access_token: token, expires_in: seconds } = tokens;
      return { token, lifetimeMs: seconds === undefined ? null : seconds * 1_000 };
    }
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (tokens.id_token === undefined || claims === undefined) throw new SignInNeeded('no ID token');
    return { token: tokens.id_token, lifetimeMs: (claims.exp - claims.iat) * 1_000 };
  }

  /** The provider forgets the refresh token, and, if it can, that somebody is signed in. */
  async #end(): Promise<void> {
    const { server, client, requests, settings } = this.#provider;
    if (server.revocation_endpoint !== undefined && this.#refreshToken !== undefined) {
      await oauth.revocationRequest(server, client, oauth.None(), this.#refreshToken, requests).catch(() => undefined);
    }
    if (server.end_session_endpoint === undefined) return;
    const url = new URL(server.end_session_endpoint);
    url.searchParams.set('client_id', settings.clientId);
    url.searchParams.set('post_logout_redirect_uri', REDIRECT_URI);
    if (this.#idToken !== undefined) url.searchParams.set('id_token_hint', this.#idToken);
    location.assign(url);
  }
}

/** @throws Error that says that it is the provider's */
async function inWords<Value>(promise: Promise<Value>): Promise<Value> {
  try {
    return await promise;
  } catch (cause) {
    throw new Error(TEXTS.providerFailed + (cause instanceof Error ? cause.message : String(cause)), { cause });
  }
}
