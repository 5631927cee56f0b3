// The server to talk to, by @waybill/client.
import { type Waybill, type WaybillOptions, createWaybill } from '../../packages/client/src/index.ts';
import { UsageError } from '../errors.ts';

export interface Server {
  /** Without a trailing slash, such as http://127.0.0.1:4000 */
  readonly url: string;
  readonly token: string | null;
  /** For queries and mutations; holds no connection that would have to be closed. */
  readonly waybill: Waybill;
}

/** @throws UsageError */
export function openServer(text: string, token: string | null): Server {
  const url = parseServerUrl(text);
  return { url, token, waybill: connect({ url, token }) };
}

/** A client of its own, for whoever closes it. */
export const connect = (
  { url, token }: Pick<Server, 'url' | 'token'>,
  more: Omit<WaybillOptions, 'url' | 'token'> = {},
): Waybill => createWaybill({ url, ...(token !== null && { token }), ...more });

/** @throws UsageError */
export function parseServerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`${JSON.stringify(text)} is not the URL of a server; allowed: http://… or https://…`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** For requests that carry bytes. */
export const credentialsOf = ({ token }: Pick<Server, 'token'>): { authorization?: string } =>
  token === null ? {} : { authorization: `Bearer ${token}` };
