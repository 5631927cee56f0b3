// Which Host headers are served without sign-in. A page can give its own name the address 127.0.0.1 (DNS rebinding); its
// requests then come from its own origin, so the check of origins lets them pass. Only the Host header shows the name.
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';

// A name, an IPv4 or a bracketed IPv6 address, and a port (RFC 9110 section 7.2). `URL` alone would also accept `a@b`
// and `a/b`.
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

export const isHost = (text: string): boolean => HOST.test(text) && URL.canParse(`http://${text}`);

/** Whether there is more than one Host header (400, RFC 9112 section 3.2). `headers` has the first only. */
export function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

// RFC 6761 section 6.3 reserves everything below localhost. The unspecified addresses reach this machine too, and are
// what the program prints when HOST is one of them.
const LOOPBACK = /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0|\[::\])$/;

const nameOf = (host: string): string => new URL(`http://${host}`).hostname;

/** Whether an address to listen at is reached from this machine only. */
export const isLoopbackAddress = (address: string): boolean => /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(address);

/** Whether a valid Host is served. */
export interface IsServedHost {
  (host: string): boolean;
  /** Served besides loopback names; null: there is none. */
  readonly publicName: string | null;
}

const MAX_KNOWN = 100;

/** @returns null when every host is served, because requests need more than their Host to do harm */
export function servedHosts({ auth, publicUrl }: Pick<Config, 'auth' | 'publicUrl'>): IsServedHost | null {
  if (auth !== 'none') return null;
  const publicName = publicUrl === null ? null : new URL(publicUrl).hostname;
  // Parsing takes longer than all else that is done with a header.
  const known = new Set<string>();
  const isServed = (host: string): boolean => {
    if (known.has(host)) return true;
    const name = nameOf(host);
    if (!LOOPBACK.test(name) && name !== publicName) return false;
    if (known.size < MAX_KNOWN) known.add(host);
    return true;
  };
  return Object.assign(isServed, { publicName });
}
