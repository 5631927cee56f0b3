// Which browser pages may call this server. access.ts refuses all others.
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';

/** Origins of WAYBILL_CORS_ORIGINS and of WAYBILL_PUBLIC_URL, besides the one the server is reached at. */
export type AllowedOrigins = readonly string[];

export const originsOf = ({ corsOrigins, publicUrl }: Pick<Config, 'corsOrigins' | 'publicUrl'>): AllowedOrigins =>
  publicUrl === null ? corsOrigins : [...corsOrigins, new URL(publicUrl).origin];

/**
 * Whether the request comes from no page, from a page of this server, or from an allowed origin. Browsers send Origin
 * with every cross-origin POST and every WebSocket handshake (RFC 6454; RFC 6455 section 10.2). Without this check every
 * page that a user visits could drive a loopback server without sign-in.
 */
export function isAllowedOrigin({ headers: { origin, host } }: IncomingMessage, allowed: AllowedOrigins): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
