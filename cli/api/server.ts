// The server to talk to, and the credentials to send.
import { UsageError } from '../errors.ts';

export interface Server {
  /** Without a trailing slash, such as http://127.0.0.1:4000 */
  readonly url: string;
  readonly token: string | null;
}

/** @throws UsageError */
export function parseServerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`${JSON.stringify(text)} is not the URL of a server; allowed: http://… or https://…`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** For HTTP headers and the connection_init payload. */
export const credentialsOf = ({ token }: Server): { authorization?: string } =>
  token === null ? {} : { authorization: `Bearer ${token}` };
