// Which addresses a key set may come from.
import { BlockList } from 'node:net';
import { expect, it } from 'vitest';
import { addressFault, checkedLookup } from '../../../src/auth/tokens/public-addresses.ts';

const allow = new BlockList();
allow.addSubnet('10.1.0.0', 16, 'ipv4');
const fault = (url: string, address: string): string | null =>
  addressFault({ url: new URL(url), allow, setting: 'WAYBILL_JWKS_ALLOW', from: 'operator' }, address);

it.each([
  '127.0.0.1',
  '10.0.0.1',
  '169.254.169.254',
  '192.168.1.1',
  '172.31.0.1',
  '100.64.0.1',
  '0.0.0.0',
  '::1',
  'fe80::1',
  'fd00::1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
  '224.0.0.1',
])('a name that leads to the private address %s is refused', (address) => {
  expect(fault('https://id.example.com/keys', address)).toMatch(/private address/);
});

it.each(['8.8.8.8', '2606:4700::1111', '10.1.2.3', '::ffff:10.1.2.3'])('%s may be called', (address) => {
  expect(fault('https://id.example.com/keys', address)).toBeNull();
});

it('an address that the URL itself names is the word of the operator', () => {
  expect(fault('https://10.0.0.1/keys', '10.0.0.1')).toBeNull();
  expect(fault('https://localhost/keys', '127.0.0.1')).toBeNull();
});

it('without TLS only this machine and listed addresses are called', () => {
  expect(fault('http://127.0.0.1:8080/keys', '127.0.0.1')).toBeNull();
  expect(fault('http://localhost/keys', '::1')).toBeNull();
  expect(fault('http://keycloak:8080/keys', '10.1.0.9')).toBeNull();
  expect(fault('http://id.example.com/keys', '8.8.8.8')).toMatch(/without TLS/);
  expect(fault('http://10.0.0.1/keys', '10.0.0.1')).toMatch(/without TLS/);
});

it('the very address that was checked is connected to, in the form that node asks for', async () => {
  const look = (hostname: string, all: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const lookup = checkedLookup({
        url: new URL(`http://${hostname}/`),
        allow,
        setting: 'WAYBILL_JWKS_ALLOW',
        from: 'operator',
      });
      lookup(hostname, { all }, (error, found) => (error === null ? resolve(found) : reject(error)));
    });
  expect(await look('localhost', false)).toMatch(/^(127\.0\.0\.1|::1)$/);
  expect(await look('localhost', true)).toEqual(
    expect.arrayContaining([expect.objectContaining({ family: expect.any(Number) })]),
  );
  await expect(look('sub.localhost', true)).rejects.toThrow();
});
