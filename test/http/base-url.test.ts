// Where a client reaches the server, told by its request or by the configuration.
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { createBaseUrl } from '../../src/http/base-url.ts';

const baseOf = (headers: IncomingMessage['headers'], publicUrl: string | null = null): string => {
  const socket = { localAddress: '127.0.0.1', localPort: 4000 };
  return createBaseUrl(publicUrl)({ headers, socket } as IncomingMessage);
};

it.each([
  ['files.example.com', 'http://files.example.com'],
  ['localhost:4000', 'http://localhost:4000'],
  ['192.0.2.1:80', 'http://192.0.2.1:80'],
  ['[2001:db8::1]:4000', 'http://[2001:db8::1]:4000'],
])('is what the client calls us: %s', (host, base) => {
  expect(baseOf({ host })).toBe(base);
});

it.each([
  '',
  'a b',
  'evil.example/x',
  'me@evil.example',
  'x?y',
  'x#y',
  'x\\y',
  'x:99999',
  '1.2.3.999',
  '[',
  '[x]',
  'ü',
])('is where the client has reached us when the Host is none: "%s"', (host) => {
  expect(baseOf({ host })).toBe('http://127.0.0.1:4000');
});

it('is the address the client has reached when there is no Host', () => {
  expect(baseOf({})).toBe('http://127.0.0.1:4000');
});

it.each([
  ['https', 'https'],
  ['HTTPS', 'https'],
  ['http', 'http'],
  ['https, http', 'https'],
  ['http,https', 'http'],
  ['javascript', 'http'],
  ['https://evil', 'http'],
  ['', 'http'],
])('with X-Forwarded-Proto "%s" begins with %s', (given, protocol) => {
  expect(baseOf({ host: 'a.example', 'x-forwarded-proto': given })).toBe(`${protocol}://a.example`);
});

it.each([
  ['https://files.example.com', 'https://files.example.com'],
  ['https://files.example.com/', 'https://files.example.com'],
  ['https://example.com:8443/waybill//?a#b', 'https://example.com:8443/waybill'],
])('is WAYBILL_PUBLIC_URL whatever the request says: %s', (publicUrl, base) => {
  expect(baseOf({ host: 'evil.example', 'x-forwarded-proto': 'http' }, publicUrl)).toBe(base);
});
