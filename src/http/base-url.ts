// Where clients reach this server: the base of every URL it gives them.
import type { IncomingMessage } from 'node:http';
import { isHost } from './hosts.ts';

/** Without a trailing slash. Includes the path under which a proxy serves us, if WAYBILL_PUBLIC_URL has one. */
export type BaseUrlOf = (request: IncomingMessage) => string;

/** The Host header; if it is invalid, the address the client has connected to. */
function hostOf({ headers: { host = '' }, socket }: IncomingMessage): string {
  if (isHost(host)) return host;
  const { localAddress = 'localhost', localPort = 80 } = socket;
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** A proxy in front may terminate TLS. Of several values the first is the client's. */
function protocolOf({ headers }: IncomingMessage): string {
  const [, protocol = 'http'] = /^\s*(https?)\s*(?:,|$)/i.exec(String(headers['x-forwarded-proto'] ?? '')) ?? [];
  return protocol.toLowerCase();
}

/** @param publicUrl WAYBILL_PUBLIC_URL; null takes the base from each request */
export function createBaseUrl(publicUrl: string | null): BaseUrlOf {
  if (publicUrl === null) return (request) => `${protocolOf(request)}://${hostOf(request)}`;
  const { origin, pathname } = new URL(publicUrl);
  const base = `${origin}${pathname.replace(/\/+$/, '')}`;
  return () => base;
}
