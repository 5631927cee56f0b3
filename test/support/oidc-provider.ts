// A real OpenID provider on loopback, in which anybody can sign in under any name: https://github.com/panva/node-oidc-provider.
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';
import { inSeconds } from './sign-in.ts';

export const OIDC_AUDIENCE = 'https://files.example.com';

const CLAIMS = { tenant: 'red', roles: ['admin'] };

export interface OidcProvider {
  readonly issuer: string;
  /** For the settings of an instance. */
  readonly env: Record<string, string>;
  /** Refresh tokens that were exchanged. */
  refreshed: number;
  /** From now on no refresh token of its works. */
  revokeAll(): void;
  /** A token of an admin, as it gives them. */
  sign(sub: string): Promise<string>;
  /** Knows the page from now on. */
  serve(page: string): void;
  stop(): Promise<void>;
}

interface Lifetimes {
  /** What the provider says that an access token lasts. */
  readonly accessS: number;
  /** How much sooner it ends: a server tolerates clocks that differ. */
  readonly soonerS: number;
}

export async function startOidcProvider({ accessS, soonerS }: Lifetimes): Promise<OidcProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  const given = new Set<{ destroy(): Promise<void> }>();
  let isRevoked = false;
  const provider: OidcProvider = {
    issuer,
    env: {
      WAYBILL_AUTH: 'jwt',
      WAYBILL_JWKS_URL: `${issuer}/jwks`,
      WAYBILL_JWT_ISSUER: issuer,
      WAYBILL_JWT_AUDIENCE: OIDC_AUDIENCE,
      WAYBILL_OIDC_ISSUER: issuer,
      WAYBILL_OIDC_CLIENT_ID: 'page',
      WAYBILL_OIDC_PARAMETERS: `resource=${OIDC_AUDIENCE}`,
    },
    refreshed: 0,
    revokeAll: () => {
      isRevoked = true;
      for (const token of given) void token.destroy();
    },
    sign: (sub) =>
      new SignJWT({ sub, ...CLAIMS, iss: issuer, aud: OIDC_AUDIENCE, exp: inSeconds(3_600) })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .sign(privateKey),
    serve: (page) => {
      const made = new Provider(issuer, { ...configure(page, accessS, soonerS), jwks: { keys: [jwk] } });
      made.on('refresh_token.saved', (token) => {
        given.add(token);
        if (isRevoked) void token.destroy();
      });
      made.on('grant.success', ({ oidc }) => {
        if (oidc.params?.['grant_type'] === 'refresh_token') provider.refreshed += 1;
      });
      const answer = made.callback();
      server.on('request', (request, response) => void answer(request, response));
    },
    stop: () => stop(server),
  };
  return provider;
}

function configure(page: string, accessS: number, soonerS: number): Configuration {
  return {
    clients: [
      {
        client_id: 'page',
        // http is for native applications on this machine only.
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [page],
        post_logout_redirect_uris: [page],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    ttl: { Interaction: 3_600, Session: 3_600, Grant: 3_600, IdToken: 600, RefreshToken: 3_600 },
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    extraTokenClaims: () => CLAIMS,
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    cookies: { keys: ['of a test'] },
    features: {
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: OIDC_AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: accessS,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    formats: {
      customizers: {
        jwt: (_context, _token, parts) => {
          const payload = parts.payload as { exp: number };
          payload.exp -= soonerS;
        },
      },
    },
  };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
