// Sign-in for tests: tokens, an identity provider that serves its keys, and requests with credentials.
import { type Server, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Client, createClient } from 'graphql-ws';
import { type JWTPayload, SignJWT, exportJWK, generateKeyPair } from 'jose';
import { WebSocket } from 'ws';
import type { Response as Answered } from './client.ts';
import { type Instance, type InstanceOptions, startInstance } from './instance.ts';

export const SECRET = 'a secret for tests, of more than 32 bytes';
const KEY = new TextEncoder().encode(SECRET);

export const JWT_ENV = { WAYBILL_AUTH: 'jwt', WAYBILL_JWT_SECRET: SECRET };

const ANN = { sub: 'ann', tenant: 'red', roles: ['admin'] };

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

/** A token of HS256, of an admin of the tenant red for an hour unless the claims say otherwise. */
export function sign(claims: Record<string, unknown> = {}, secret = KEY): Promise<string> {
  const payload = { ...ANN, exp: inSeconds(3_600), ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(secret);
}

export function startSignedIn({ env = {}, ...options }: InstanceOptions = {}): Promise<Instance> {
  return startInstance({ ...options, env: { ...JWT_ENV, ...env } });
}

/** @param token null sends no Authorization */
export async function sendAs<Data>(
  url: string,
  token: string | null,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answered<Data>> {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const headers = { 'content-type': 'application/json', ...authorization };
  const body = JSON.stringify({ query, variables });
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
  return { status: response.status, ...((await response.json()) as object) };
}

/** The same for operations that must work. */
export async function requestAs<Data>(
  url: string,
  token: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  const { data, errors } = await sendAs<Data>(url, token, query, variables);
  if (errors !== undefined || data == null) throw new Error(`the request failed: ${JSON.stringify(errors)}`);
  return data;
}

export const VIEWER = '{ viewer { subject tenant roles expiresAt } }';

export interface ViewerShape {
  readonly subject: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly expiresAt: string | null;
}

export const viewerAs = async (url: string, token: string): Promise<ViewerShape> =>
  (await requestAs<{ viewer: ViewerShape }>(url, token, VIEWER)).viewer;

/** 200 when the token is accepted. */
export const statusAs = async (url: string, token: string | null): Promise<number> =>
  (await sendAs(url, token, VIEWER)).status;

/** Registers an EXTERNAL file. */
export async function newFileAs(url: string, token: string, name: string): Promise<void> {
  const query = `mutation R($input: RegisterFileInput!) { registerFile(input: $input) {
    __typename ... on RequestError { code message } } }`;
  type Data = { registerFile: { __typename: string } };
  const { registerFile: result } = await requestAs<Data>(url, token, query, { input: { name, transfer: 'EXTERNAL' } });
  if (result.__typename !== 'RegisterFileSuccess') throw new Error(JSON.stringify(result));
}

interface NewKey {
  readonly id: string;
  readonly secret: string;
}

export async function createKeyAs(url: string, token: string, input: Record<string, unknown> = {}): Promise<NewKey> {
  const query = `mutation C($input: CreateApiKeyInput!) { createApiKey(input: $input) {
    ... on CreateApiKeySuccess { secret apiKey { id } } ... on RequestError { code message } } }`;
  const variables = { input: { name: 'a key', roles: ['ADMIN'], ...input } };
  type Data = { createApiKey: { secret?: string; apiKey?: { id: string } } };
  const { createApiKey: result } = await requestAs<Data>(url, token, query, variables);
  if (result.apiKey === undefined || result.secret === undefined) throw new Error(JSON.stringify(result));
  return { id: result.apiKey.id, secret: result.secret };
}

export async function revokeKeyAs(url: string, token: string, id: string): Promise<Record<string, unknown>> {
  const query = `mutation R($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) {
    __typename ... on RevokeApiKeySuccess { id } ... on RequestError { code message field } } }`;
  type Data = { revokeApiKey: Record<string, unknown> };
  return (await requestAs<Data>(url, token, query, { input: { id } })).revokeApiKey;
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface SocketAs {
  readonly client: Client;
  /** Resolves when the socket is closed, with what the server said. */
  readonly closed: Promise<Closing>;
}

/** @param params the payload of connection_init */
export function connectAs(url: string, params: Record<string, unknown>): SocketAs {
  const { promise: closed, resolve } = Promise.withResolvers<Closing>();
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    connectionParams: params,
    onNonLazyError: () => undefined,
    on: { closed: (event) => resolve(event as Closing) },
  });
  return { client, closed };
}

export interface Signer {
  readonly jwk: Record<string, unknown>;
  sign(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
}

export const ISSUER = 'https://id.example.com/';
export const AUDIENCE = 'https://files.example.com';

/** A key pair of a provider, under its name in the set. */
export async function createSigner(alg: 'RS256' | 'ES256' | 'EdDSA', kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  const signWith = (claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> =>
    new SignJWT({ ...ANN, iss: ISSUER, aud: AUDIENCE, exp: inSeconds(3_600), ...claims })
      .setProtectedHeader({ alg, kid, ...header })
      .sign(privateKey);
  return { jwk, sign: signWith };
}

export interface Provider {
  readonly url: string;
  /** For the settings of an instance. */
  readonly env: Record<string, string>;
  keys: readonly Record<string, unknown>[];
  /** How often the keys were asked for. */
  asked: number;
  stop(): Promise<void>;
}

/** Serves keys on loopback, as an identity provider does at its jwks_uri. */
export async function startProvider(...signers: readonly Signer[]): Promise<Provider> {
  const server: Server = createServer((_request, response) => {
    provider.asked += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: provider.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const provider: Provider = {
    url,
    env: {
      WAYBILL_AUTH: 'jwt',
      WAYBILL_JWKS_URL: url,
      WAYBILL_JWT_ISSUER: ISSUER,
      WAYBILL_JWT_AUDIENCE: AUDIENCE,
    },
    keys: signers.map(({ jwk }) => jwk),
    asked: 0,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return provider;
}
