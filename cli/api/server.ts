// The server that is spoken to, and what is shown to it.
import { UsageError } from '../errors.ts';

export interface Server {
  /** Without a slash at its end, such as http://127.0.0.1:4000 */
  readonly url: string;
  readonly token: string | null;
}

/** @throws UsageError */
export function parseServerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`${JSON.stringify(text)} is no URL of a server; allowed: http://… or https://…`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** For HTTP headers, and for the payload of connection_init. */
export const credentialsOf = ({ token }: Server): { authorization?: string } =>
  token === null ? {} : { authorization: `Bearer ${token}` };
