// How long an HTTP connection may keep this server waiting.
import type { ServerOptions } from 'node:http';

export interface HttpTimeouts {
  /** For a new connection and for the head of each request, milliseconds. */
  readonly headMs: number;
  /** For the whole of a request that is no upload. */
  readonly bodyMs: number;
  /** For the next request (WAYBILL_KEEP_ALIVE_TIMEOUT). */
  readonly keepAliveMs: number;
}

export const DEFAULT_TIMEOUTS: HttpTimeouts = { headMs: 30_000, bodyMs: 300_000, keepAliveMs: 75_000 };

const CHECKS = 3;

/**
 * As options of node:http. Node's requestTimeout makes no exception for uploads, so limitBodyTime replaces it. Without it
 * the default of headersTimeout would be 0 (none), so this sets it.
 */
export function serverTimeouts({ headMs, keepAliveMs }: HttpTimeouts): ServerOptions {
  const connectionsCheckingInterval = Math.ceil(headMs / CHECKS);
  return { requestTimeout: 0, headersTimeout: headMs, keepAliveTimeout: keepAliveMs, connectionsCheckingInterval };
}
