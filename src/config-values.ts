// How the text of a setting is read: quantities, URLs, lists. config.ts says which setting is which.
import { BlockList, isIP } from 'node:net';

/** Undefined when the text is not allowed. */
export type Parse<Value> = (text: string) => Value | undefined;

export interface Variable<Value> {
  readonly name: string;
  /** What is allowed, in words. */
  readonly allowed: string;
  readonly parse: Parse<Value>;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
export const UNITS_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
// Within the range of PostgreSQL's intervals and timestamps.
const LONGEST_MS = 10 * 365 * UNITS_MS['d']!;

export function parseQuantity(units: Readonly<Record<string, number>>, most: number): Parse<number> {
  return (text) => {
    const [, digits, unit = ''] = /^(\d{1,16})\s?([A-Za-z]*)$/.exec(text) ?? [];
    const factor = units[unit];
    const value = Number(digits) * (factor ?? Number.NaN);
    return Number.isSafeInteger(value) && value >= 1 && value <= most ? value : undefined;
  };
}

export function parseInteger(least: number, most: number): Parse<number> {
  return (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
  };
}

/** Of an object in the database, as it is written without quotes. */
export function parseName(text: string): string | undefined {
  return /^[a-z_][a-z0-9_]{0,62}$/.test(text) ? text : undefined;
}

export const duration = {
  allowed: 'a number with ms, s, m, h or d, such as 15m',
  parse: parseQuantity(UNITS_MS, LONGEST_MS),
};

export const oneOf = <Name extends string>(...names: readonly Name[]): Pick<Variable<Name>, 'allowed' | 'parse'> => ({
  allowed: names.join(', '),
  parse: (text) => names.find((name) => name === text),
});

export function parseUrl(...protocols: string[]): Parse<string> {
  return (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined);
}

/** What follows is for the reader of connection URLs (src/db/connection-url.ts): not every one is a URL to `URL`. */
export function parseDatabaseUrl(text: string): string | undefined {
  return /^postgres(?:ql)?:\/\//i.test(text) ? text : undefined;
}

/** The parts between commas; a comma at the end is no mistake. */
export const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

export function parseOrigins(text: string): readonly string[] | undefined {
  const origins = splitList(text);
  const isOrigin = (each: string): boolean => URL.canParse(each) && new URL(each).origin === each;
  return origins.every(isOrigin) ? origins : undefined;
}

/** Ranges of addresses: CIDR, or an address by itself. */
export function parseRanges(text: string): BlockList | undefined {
  const list = new BlockList();
  for (const range of splitList(text)) {
    const [, address = '', digits] = /^([\d.]+|[\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(range) ?? [];
    const family = isIP(address);
    const bits = family === 6 ? 128 : 32;
    const prefix = Number(digits ?? bits);
    if (family === 0 || prefix > bits) return undefined;
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Hides what stands before the @ of URLs, even of malformed ones: a password may have a slash or a comma in it. */
export const withoutPasswords = (text: string): string => text.replaceAll(/:\/\/(?:(?!:\/\/).)*@/gs, '://***@');

/** A part of WAYBILL_PROCESSING: whose work a file in PROCESSING is, by its media type. */
export interface QueueRule {
  /** A media type, a kind such as `image/*`, or `*`; in lower case. */
  readonly pattern: string;
  readonly queue: 'builtin' | 'external';
}

const isQueue = (text: string | undefined): text is QueueRule['queue'] => text === 'builtin' || text === 'external';

/** A queue for all files, or rules of which the first that matches decides. */
export function parseQueueRules(text: string): readonly QueueRule[] | undefined {
  const parts = text.split(',').map((each) => each.trim().toLowerCase());
  if (parts.length === 1 && isQueue(parts[0])) return [{ pattern: '*', queue: parts[0] }];
  const rules: QueueRule[] = [];
  for (const part of parts) {
    const [, pattern = '', queue] = /^(\*|[^\s/=*]+\/(?:\*|[^\s/=*]+))\s*=\s*(\w+)$/.exec(part) ?? [];
    if (!isQueue(queue)) return undefined;
    rules.push({ pattern, queue });
  }
  return rules;
}

/** `host:port`, `[address]:port`, or an absolute path. */
export function parseSocketAddress(text: string): string | undefined {
  return text.startsWith('/') || /^(?:\[[\da-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/.test(text) ? text : undefined;
}
