// Fetches a JSON Web Key Set (RFC 7517) within bounds: an answer of bounded size in bounded time, without redirects.
import { type IncomingMessage, get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import type { JSONWebKeySet } from 'jose';
import { type AddressRules, checkedLookup, namedAddressFault } from './public-addresses.ts';

const TIMEOUT_MS = 5_000;
/** A key with its certificates has about 5 KiB. */
const MAX_BYTES = 256 * 1_024;
const MAX_KEYS = 50;

/** @throws Error with a reason for the log */
export async function fetchJwks(rules: AddressRules): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await open(rules, signal);
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`it answered with status ${response.statusCode}; redirects are not followed`);
    }
    return parse(await readWithin(response));
  } catch (error) {
    if (signal.aborted) throw new Error(`it did not answer within ${TIMEOUT_MS / 1_000} s`, { cause: error });
    throw error;
  }
}

function open(rules: AddressRules, signal: AbortSignal): Promise<IncomingMessage> {
  const { url } = rules;
  const fault = namedAddressFault(rules);
  if (fault !== null) return Promise.reject(new Error(fault));
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  return new Promise((resolve, reject) => {
    const options = { signal, lookup: checkedLookup(rules), agent: false, headers: { accept: 'application/json' } };
    get(url, options, resolve).on('error', reject);
  });
}

async function readWithin(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop closes the connection.
    if (length > MAX_BYTES) throw new Error(`its answer has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string): JSONWebKeySet {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch (error) {
    throw new Error('its answer is not JSON', { cause: error });
  }
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : null;
  if (!Array.isArray(keys)) throw new Error('its answer is not a key set: it has no list "keys"');
  if (keys.length > MAX_KEYS) throw new Error(`it has ${keys.length} keys; at most ${MAX_KEYS} are read`);
  return { keys: keys.filter(isPublicKey) };
}

/** A symmetric key in a public document is known to everybody. */
const isPublicKey = (key: unknown): key is JSONWebKeySet['keys'][number] =>
  typeof key === 'object' && key !== null && 'kty' in key && ['RSA', 'EC', 'OKP'].includes(String(key.kty));
