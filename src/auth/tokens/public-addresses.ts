// Which addresses a JWKS may come from. A name that leads to a private address is refused unless WAYBILL_JWKS_ALLOW lists
// it: whoever controls the name's DNS could have this server call services that trust its network. An address, or
// localhost, in the URL itself is the operator's own word. Without TLS anybody on the way could replace the keys, so http
// is for loopback and for listed addresses.
import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, type LookupFunction, isIP } from 'node:net';

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
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** @returns why the address may not be called, or null */
export function addressFault({ url, allow }: AddressRules, address: string): string | null {
  if (isIn(allow, address)) return null;
  if (url.protocol === 'http:' && !isIn(LOOPBACK, address)) {
    return `${hostOf(url)} is called without TLS at ${address}: use https, or list the address in WAYBILL_JWKS_ALLOW`;
  }
  const isNamed = isIP(hostOf(url)) !== 0 || hostOf(url) === 'localhost';
  if (isNamed || !isIn(PRIVATE, address)) return null;
  return `${hostOf(url)} leads to the private address ${address}, which WAYBILL_JWKS_ALLOW does not list`;
}

/** For node:http, which connects to the very addresses that were checked: asked again, DNS could answer otherwise. */
export function checkedLookup(rules: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
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
