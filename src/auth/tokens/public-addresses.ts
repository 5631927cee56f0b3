// Which addresses this server may call: for a JWKS, and for webhooks. A name that leads to a private address is refused unless
// a setting lists it: whoever controls the name's DNS could have this server call services that trust its network. An
// address, or localhost, in a URL of the operator is the operator's own word; in a URL of a client it is not. Without TLS
// anybody on the way could replace what is sent, so http is for listed addresses, and for loopback where the operator says so.
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, type LookupFunction, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

// https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-: everything that is not globally reachable.
const PRIVATE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
// 64:ff9b::/96 and 2002::/16 lead to IPv4 addresses through gateways of the network, private ones included.
const PRIVATE_IPV6 = [
  '::/127',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
];

function listOf(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [ranges, family] of [[ipv4, 'ipv4'] as const, [ipv6, 'ipv6'] as const]) {
    for (const range of ranges) {
      const [address = '', prefix] = range.split('/');
      list.addSubnet(address, Number(prefix), family);
    }
  }
  return list;
}

const PRIVATE = listOf(PRIVATE_IPV4, PRIVATE_IPV6);
const LOOPBACK = listOf(['127.0.0.0/8'], ['::1/128']);

/** An IPv4 address inside IPv6 (::ffff:10.0.0.1) counts as the IPv4 address: BlockList sees to that. */
const isIn = (list: BlockList, address: string): boolean => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

export interface AddressRules {
  readonly url: URL;
  /** Private addresses that are allowed. */
  readonly allow: BlockList;
  /** The setting that lists them. */
  readonly setting: string;
  /** Whose word the URL is. A client may not name an address of this machine either. */
  readonly from: 'operator' | 'client';
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

const isOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some((each) => each.address === address) === true);

/** @returns why the address may not be called, or null */
export function addressFault({ url, allow, setting, from }: AddressRules, address: string): string | null {
  const isOperators = from === 'operator';
  if (isIn(allow, address)) return null;
  if (url.protocol === 'http:' && !(isOperators && isIn(LOOPBACK, address))) {
    return `${hostOf(url)} is called without TLS at ${address}: use https, or list the address in ${setting}`;
  }
  const isNamed = isIP(hostOf(url)) !== 0 || hostOf(url) === 'localhost';
  if (isOperators && isNamed) return null;
  if (!isIn(PRIVATE, address) && (isOperators || !isOwn(address))) return null;
  return `${hostOf(url)} leads to the private address ${address}, which ${setting} does not list`;
}

/** The same of the address that a URL names itself, for which nothing is looked up; null too for a name. */
export function namedAddressFault(rules: AddressRules): string | null {
  const host = hostOf(rules.url);
  return isIP(host) === 0 ? null : addressFault(rules, host);
}

/** Looks a name up: by the resolver of the machine, unless a test says otherwise. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** For node:http, which connects to the very addresses that were checked: asked again, DNS could answer otherwise. */
export function checkedLookup(rules: AddressRules, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const fault = error ?? firstFault(rules, addresses);
      const [first] = addresses ?? [];
      if (fault !== null || first === undefined) callback(fault ?? new Error(`${hostname} has no address`), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function firstFault(rules: AddressRules, addresses: readonly LookupAddress[]): Error | null {
  const fault = addresses.map(({ address }) => addressFault(rules, address)).find((each) => each !== null);
  return fault === undefined ? null : new Error(fault);
}
