// WAYBILL_NOTIFY_URL: what is taken, what is refused, and that no password is in what is said about it.
import { describe, expect, it } from 'vitest';
import { parseNatsServers } from '../src/config-notify.ts';
import { readConfig } from '../src/config.ts';

const servers = (...hosts: string[]) => ({ hosts, tls: false, credentials: null });

describe('WAYBILL_NOTIFY_URL', () => {
  it.each([
    ['nats://127.0.0.1:4222', servers('127.0.0.1:4222')],
    ['nats://nats.example.com', servers('nats.example.com:4222')],
    ['nats://[::1]:4333/', servers('[::1]:4333')],
    ['nats://a:1, nats://b:2,', servers('a:1', 'b:2')],
    ['tls://a:1', { ...servers('a:1'), tls: true }],
    ['nats://u:p@a:1,nats://u:p@b:2', { ...servers('a:1', 'b:2'), credentials: { user: 'u', pass: 'p' } }],
    ['nats://u:p@a:1,nats://b:2', { ...servers('a:1', 'b:2'), credentials: { user: 'u', pass: 'p' } }],
    ['nats://u:p%40%3A%2Fq@a:1', { ...servers('a:1'), credentials: { user: 'u', pass: 'p@:/q' } }],
    ['nats://s3cret@a:1', { ...servers('a:1'), credentials: { token: 's3cret' } }],
  ])('%s is taken', (text, expected) => {
    expect(parseNatsServers(text)).toEqual(expected);
    expect(readConfig({ WAYBILL_NOTIFY_URL: text }).natsServers).toEqual(expected);
  });

  it.each([
    'a:4222',
    'http://a:4222',
    'nats://',
    'nats://a:0',
    'nats://a:65536',
    'nats://a:4222/path',
    'nats://a:4222?x=1',
    'nats://a b:4222',
    'nats://@a:4222',
    'nats://u:p:q@a:4222',
    'nats://u:%zz@a:4222',
    'nats://u:p@a:1,nats://u:q@b:2',
    'nats://a:1,tls://b:2',
    ',',
  ])('%s is refused', (text) => {
    expect(parseNatsServers(text)).toBeUndefined();
    expect(() => readConfig({ WAYBILL_NOTIFY_URL: text })).toThrow(/WAYBILL_NOTIFY_URL holds .*; allowed: nats:\/\//);
  });

  it.each([
    ['WAYBILL_NOTIFY_URL', 'nats://user:hunter2@a:1,nats://user:hunter2@b:2/x'],
    ['WAYBILL_NOTIFY_URL', 'nats://user:hun/hunter2@a:1'],
    ['WAYBILL_NOTIFY_URL', 'nats://user:p,nats://hunter2@a:1'],
    ['WAYBILL_NOTIFY_URL', 'nats://hunter2@a:1?'],
    ['WAYBILL_NATS_URL', 'nats://user:hunter2@a:1'],
    ['DATABASE_URL', 'mysql://user:hunter2/@h/d'],
  ])('what is said about %s=%s does not have the password', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^(?!.*hunter2).*${name} holds`, 's'));
  });
});
