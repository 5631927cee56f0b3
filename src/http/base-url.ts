// Where clients reach this server: the base of every URL that it gives them.
import type { IncomingMessage } from 'node:http';

/** Without a trailing slash; with the path under which a proxy has us, where WAYBILL_PUBLIC_URL names one. */
export type BaseUrlOf = (request: IncomingMessage) => string;

// A name, an IPv4 or a bracketed IPv6 address, and a port (RFC 9110 section 7.2). Asked of `URL` alone, `a@b` and `a/b`
// would be hosts too.
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

export const isHost = (text: string): boolean => HOST.test(text) && URL.canParse(`http://${text}`);

/** What the client calls us; failing that, where it has reached us. */
function hostOf({ headers: { host = '' }, socket }: IncomingMessage): string {
  if (isHost(host)) return host;
  const { localAddress = 'localhost', localPort = 80 } = socket;
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** A proxy in front of us may have spoken TLS; of several the first one has met the client. */
function protocolOf({ headers }: IncomingMessage): string {
  const [, protocol = 'http'] = /^\s*(https?)\s*(?:,|$)/i.exec(String(headers['x-forwarded-proto'] ?? '')) ?? [];
  return protocol.toLowerCase();
}

/** @param publicUrl WAYBILL_PUBLIC_URL; null: as each request says */
export function createBaseUrl(publicUrl: string | null): BaseUrlOf {
  if (publicUrl === null) return (request) => `${protocolOf(request)}://${hostOf(request)}`;
  const { origin, pathname } = new URL(publicUrl);
  const base = `${origin}${pathname.replace(/\/+$/, '')}`;
  return () => base;
}
