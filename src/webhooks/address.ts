// Where a webhook may send: what can be told from its URL alone, before anything is looked up.
import type { BlockList } from 'node:net';
import { type AddressRules, namedAddressFault } from '../auth/tokens/public-addresses.ts';
import type { Fault } from '../lifecycle/input-rules.ts';

const MAX_LENGTH = 2_048;
const PRINTABLE = /^[\x21-\x7e]+$/;
const DEFAULT_PORTS = ['', '80', '443'];
/** Below are the services that a request could be mistaken by: SSH, SMTP, DNS. */
const FIRST_FREE_PORT = 1_024;

export const rulesOf = (url: URL, allow: BlockList): AddressRules => ({
  url,
  allow,
  setting: 'WAYBILL_WEBHOOK_ALLOW',
  from: 'client',
});

/** @returns why nothing is sent to the URL, or null. Which addresses a name leads to is checked at each connection. */
export function urlFault(text: string, allow: BlockList): Fault {
  if (text.length > MAX_LENGTH) return `url has ${text.length} characters; at most ${MAX_LENGTH} are allowed.`;
  if (!PRINTABLE.test(text) || !URL.canParse(text)) return 'url must be an absolute URL without spaces.';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'url must begin with https://.';
  if (url.username !== '' || url.password !== '') {
    return 'url must not have a user or a password: messages are signed instead.';
  }
  if (url.hash !== '') return 'url must not have a fragment, which is never sent.';
  if (!DEFAULT_PORTS.includes(url.port) && Number(url.port) < FIRST_FREE_PORT) {
    return `url must not have the port ${url.port}: allowed are 80, 443, and those from ${FIRST_FREE_PORT}.`;
  }
  if (url.protocol === 'http:' && allow.rules.length === 0) {
    return 'url must begin with https://: this service sends without TLS only to what WAYBILL_WEBHOOK_ALLOW lists.';
  }
  return namedAddressFault(rulesOf(url, allow)) === null
    ? null
    : 'url leads to an address that this service does not send to.';
}
