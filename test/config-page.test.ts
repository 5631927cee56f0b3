// The settings of the page: who may embed it, and where people sign in.
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { StartupError } from '../src/errors.ts';

const JWT = { WAYBILL_AUTH: 'jwt', WAYBILL_JWT_SECRET: 'a secret for tests, of more than 32 bytes' };
const OIDC = { ...JWT, WAYBILL_OIDC_ISSUER: 'https://id.example.com/realms/one', WAYBILL_OIDC_CLIENT_ID: 'page' };

describe('signing in at a provider', () => {
  it('needs an issuer and a client, and has defaults for the rest', () => {
    expect(readConfig(OIDC).oidc).toEqual({
      issuer: 'https://id.example.com/realms/one',
      clientId: 'page',
      scope: 'openid',
      token: 'access',
      parameters: '',
      origins: [],
    });
    expect(readConfig({ ...JWT, WAYBILL_OIDC_CLIENT_ID: 'page' }).oidc).toBeNull();
  });

  it('takes what providers want besides', () => {
    const env = {
      ...OIDC,
      WAYBILL_OIDC_ISSUER: 'http://127.0.0.1:8080',
      WAYBILL_OIDC_SCOPE: 'openid offline_access',
      WAYBILL_OIDC_TOKEN: 'id',
      WAYBILL_OIDC_PARAMETERS: 'audience=https://files.example.com&prompt=login',
      WAYBILL_OIDC_ORIGINS: 'https://tokens.example.com,https://other.example.com',
    };
    expect(readConfig(env).oidc).toMatchObject({
      issuer: 'http://127.0.0.1:8080',
      scope: 'openid offline_access',
      token: 'id',
      parameters: 'audience=https://files.example.com&prompt=login',
      origins: ['https://tokens.example.com', 'https://other.example.com'],
    });
  });

  it.each([
    ['WAYBILL_OIDC_ISSUER', 'http://id.example.com', 'https'],
    ['WAYBILL_OIDC_ISSUER', 'https://id.example.com/?realm=one', 'without a query'],
    ['WAYBILL_OIDC_ISSUER', 'id.example.com', 'https'],
    ['WAYBILL_OIDC_SCOPE', 'profile', 'openid'],
    ['WAYBILL_OIDC_TOKEN', 'refresh', 'access, id'],
    ['WAYBILL_OIDC_PARAMETERS', 'prompt', 'a query string'],
    ['WAYBILL_OIDC_ORIGINS', 'https://tokens.example.com/path', 'origins'],
    ['WAYBILL_PAGE_EMBED_ORIGINS', '*', 'origins'],
    ['WAYBILL_PAGE_EMBED_ORIGINS', "https://app.example.com 'unsafe'", 'origins'],
  ])('%s=%s is refused', (name, value, allowed) => {
    const read = (): unknown => readConfig({ ...OIDC, [name]: value });
    expect(read).toThrow(StartupError);
    expect(read).toThrow(new RegExp(`^${name} holds .*${allowed}`));
  });

  it('is refused without a client, and where nobody signs in', () => {
    const { WAYBILL_OIDC_CLIENT_ID: _, ...withoutClient } = OIDC;
    expect(() => readConfig(withoutClient)).toThrow(/^WAYBILL_OIDC_CLIENT_ID is not set/);
    expect(() => readConfig({ ...OIDC, WAYBILL_AUTH: 'none' })).toThrow(/WAYBILL_AUTH=jwt/);
  });
});
