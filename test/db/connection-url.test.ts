// What a PostgreSQL connection URL means, and how a wrong one is refused.
import { describe, expect, test } from 'vitest';
import { readConnectionUrl, redactUrl } from '../../src/db/connection-url.ts';

const parts = (url: string): Record<string, unknown> => ({ ...readConnectionUrl(url) });

describe('a connection URL', () => {
  test('names host, port, user, password and database', () => {
    expect(parts('postgres://ann:se%40cret@db.example:6543/files')).toEqual({
      host: 'db.example',
      port: 6543,
      user: 'ann',
      password: 'se@cret',
      database: 'files',
    });
  });

  test.each(['postgres://ann@/files?host=/run/postgresql', 'postgresql:///files?host=/run/postgresql&user=ann'])(
    'names a Unix socket: %s',
    (url) => {
      expect(parts(url)).toMatchObject({ host: '/run/postgresql', user: 'ann', database: 'files' });
    },
  );

  test('keeps the parameters of the session', () => {
    const url = 'postgres://db/files?options=-c%20search_path%3Dapp&application_name=mine&statement_timeout=9000';
    expect(parts(url)).toMatchObject({
      options: '-c search_path=app',
      application_name: 'mine',
      statement_timeout: '9000',
    });
  });

  test('bounds the time to connect, in seconds', () => {
    expect(parts('postgres://db/files?connect_timeout=7')).toMatchObject({ connectionTimeoutMillis: 7_000 });
    for (const none of ['0', '-1']) {
      expect(parts(`postgres://db/files?connect_timeout=${none}`)).not.toHaveProperty('connectionTimeoutMillis');
    }
  });

  test('asks for channel binding, which needs TLS', () => {
    const bindingOf = (parameters: string): unknown => parts(`postgres://db/files?${parameters}`)['channelBinding'];
    expect(bindingOf('sslmode=require&channel_binding=require')).toBe('require');
    expect(bindingOf('sslmode=require&channel_binding=prefer')).toBe('prefer');
    expect(bindingOf('sslmode=require&channel_binding=disable')).toBeUndefined();
    expect(bindingOf('channel_binding=prefer')).toBeUndefined();
  });

  test.each([
    ['verify-full', {}],
    ['require', { rejectUnauthorized: false }],
    ['prefer', { rejectUnauthorized: false }],
    ['no-verify', { rejectUnauthorized: false }],
    ['disable', false],
  ])('sslmode=%s', (mode, ssl) => {
    expect(parts(`postgres://db/files?sslmode=${mode}`)['ssl']).toEqual(ssl);
  });

  test.each(['require', 'verify-ca'])('sslmode=%s with sslrootcert checks the authority, not the name', (mode) => {
    const ca = new URL('../../package.json', import.meta.url).pathname;
    expect(parts(`postgres://db/files?sslmode=${mode}&sslrootcert=${ca}`)['ssl']).toEqual({
      ca: expect.any(String),
      checkServerIdentity: expect.any(Function),
    });
  });

  test.each([
    ['mysql://db/files', 'a postgres:// or postgresql:// URL is needed'],
    ['postgres://db:port/files', 'it is not a valid URL'],
    ['postgres://db/files?sslmode=full', 'sslmode must be one of'],
    ['postgres://db/files?sslmode=verify-ca', 'sslmode=verify-ca needs sslrootcert'],
    ['postgres://db/files?connect_timeout=soon', 'connect_timeout must be a number of seconds'],
    ['postgres://db/files?sslmode=require&channel_binding=yes', 'channel_binding must be one of'],
    ['postgres://db/files?channel_binding=require', 'channel_binding=require needs TLS'],
    ['postgres://a,b/files', 'only one host can be named'],
    ['postgres://db/files?sslrootcert=/nowhere/ca.pem', '/nowhere/ca.pem cannot be read (ENOENT)'],
  ])('is refused: %s', (url, problem) => {
    expect(() => readConnectionUrl(url)).toThrow(problem);
  });

  test('never shows its secrets', () => {
    const secret = 'hunter2';
    const urls = [
      `postgres://ann:${secret}@db:x/files`,
      `postgres://ann:${secret}/${secret}@db:x/files`,
      `postgres://db:x/files?user=ann&password=${secret}`,
      `mysql://ann:${secret}@db/files?sslpassword=${secret}`,
    ];
    for (const url of urls) {
      expect(redactUrl(url)).not.toContain(secret);
      expect(() => readConnectionUrl(url)).toThrow(/DATABASE_URL holds "(?!.*hunter2)/);
    }
  });
});
