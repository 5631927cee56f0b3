// How many WebSockets may be open, in all, from one address and of one principal (WAYBILL_MAX_SOCKETS,
// WAYBILL_MAX_SOCKETS_PER_ADDRESS, WAYBILL_MAX_SOCKETS_PER_PRINCIPAL).
import { isIPv6 } from 'node:net';
import type { Principal } from '../../auth/principal.ts';
import type { Logger } from '../../log.ts';
import { LogLimit } from '../log-limit.ts';

export interface SocketCapsOptions {
  readonly total: number;
  readonly perAddress: number;
  readonly perPrincipal: number;
  /** Called for each that is refused because of its principal. */
  readonly onRefused?: () => void;
  readonly log: Logger;
}

export interface CapRefusal {
  readonly status: 429 | 503;
  readonly reason: string;
}

export class SocketCaps {
  readonly #options: SocketCapsOptions;
  readonly #byAddress = new Map<string, number>();
  readonly #byPrincipal = new Map<string, number>();
  readonly #lines = new LogLimit();
  #total = 0;

  constructor(options: SocketCapsOptions) {
    this.#options = options;
  }

  /** Counts a socket of the address, which must be released. @returns why there may not be another, or null */
  take(address: string): CapRefusal | null {
    const key = networkOf(address);
    const ofAddress = this.#byAddress.get(key) ?? 0;
    const { total, perAddress } = this.#options;
    if (this.#total >= total) return this.#refuse(503, `There are already ${total} WebSockets (WAYBILL_MAX_SOCKETS).`);
    if (ofAddress >= perAddress) {
      return this.#refuse(429, `${key} already has ${perAddress} WebSockets (WAYBILL_MAX_SOCKETS_PER_ADDRESS).`);
    }
    this.#total += 1;
    this.#byAddress.set(key, ofAddress + 1);
    return null;
  }

  release(address: string): void {
    const key = networkOf(address);
    const left = (this.#byAddress.get(key) ?? 1) - 1;
    this.#total -= 1;
    if (left === 0) this.#byAddress.delete(key);
    else this.#byAddress.set(key, left);
  }

  /** Counts a socket that has signed in. @returns gives its place back; null when the principal has as many as it may */
  takeOf({ tenant, subject }: Principal): (() => void) | null {
    const key = JSON.stringify([tenant, subject]);
    const held = this.#byPrincipal.get(key) ?? 0;
    if (held >= this.#options.perPrincipal) {
      this.#options.onRefused?.();
      return null;
    }
    this.#byPrincipal.set(key, held + 1);
    return () => {
      const left = (this.#byPrincipal.get(key) ?? 1) - 1;
      if (left === 0) this.#byPrincipal.delete(key);
      else this.#byPrincipal.set(key, left);
    };
  }

  get perPrincipal(): number {
    return this.#options.perPrincipal;
  }

  #refuse(status: CapRefusal['status'], reason: string): CapRefusal {
    if (this.#lines.allows(reason)) this.#options.log.warn(`A WebSocket was refused: ${reason}`);
    return { status, reason };
  }
}

/** An IPv6 client usually has a whole /64, so that counts as one address. */
export function networkOf(address: string): string {
  const [, ipv4] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  if (ipv4 !== undefined) return ipv4;
  if (!isIPv6(address)) return address;
  const [before = '', after] = address.split('%', 1)[0]!.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
