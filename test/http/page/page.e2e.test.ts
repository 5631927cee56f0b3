// The page and its assets as they are sent: compressed, kept by browsers, and with a policy that allows nothing foreign.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Instance, startInstance } from '../../support/instance.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(waybill.url + path, { method, headers });

async function assetsOf(): Promise<string[]> {
  const html = await (await ask('/')).text();
  return Array.from(html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g), ([, path]) => path!);
}

it('the page has nothing inline, and a policy that allows nothing inline and nothing foreign', async () => {
  const page = await ask('/');
  const policy = page.headers.get('content-security-policy') ?? '';
  const directives = new Map(policy.split('; ').map((each) => [each.split(' ', 1)[0], each.split(' ').slice(1)]));
  expect(directives.get('default-src')).toEqual(["'none'"]);
  expect(directives.get('report-uri')).toEqual(['csp-reports']);
  directives.delete('report-uri');
  expect(new Set([...directives.values()].flat())).toEqual(new Set(["'none'", "'self'", "'script'"]));
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  const html = await page.text();
  expect(html).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|https?:/);
});

it('a browser that has the page gets 304, in each coding its own', async () => {
  const tags = await Promise.all(
    ['br', 'gzip', 'identity'].map(async (coding) => {
      const { headers } = await ask('/', { 'accept-encoding': coding });
      expect(headers.get('content-encoding')).toBe(coding === 'identity' ? null : coding);
      const etag = headers.get('etag') ?? '';
      const again = await ask('/', { 'accept-encoding': coding, 'if-none-match': etag });
      expect([again.status, await again.text()]).toEqual([304, '']);
      return etag;
    }),
  );
  expect(new Set(tags).size).toBe(3);
});

it('assets are compressed before they are asked for, and kept for ever under the hash of their contents', async () => {
  const paths = await assetsOf();
  expect(paths.length).toBeGreaterThan(2);
  for (const path of paths) {
    expect(path).toMatch(/-[\w-]{8}\.(?:js|css|svg)$/);
    const plain = await ask(path, { 'accept-encoding': 'identity' });
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('content-security-policy')).toBe("default-src 'none'");
    const text = await plain.text();
    for (const coding of ['br', 'gzip']) {
      const compressed = await ask(path, { 'accept-encoding': coding });
      expect(compressed.headers.get('content-encoding')).toBe(coding);
      expect(Number(compressed.headers.get('content-length'))).toBeLessThan(text.length);
      expect(await compressed.text()).toBe(text);
    }
  }
});

/** Loaded when somebody opens it: not part of what the page weighs. */
const OWN_VIEW = /\/operations-view-/;
const OWN_VIEW_KIB = 40;

it('the scripts are at most 200 KiB, compressed by gzip, and the operations view 40 more when it is opened', async () => {
  const html = await (await ask('/')).text();
  const [, entry = ''] = /src="\.(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
  const script = await (await ask(entry)).text();
  // What is loaded later is named in the entry.
  const later = Array.from(script.matchAll(/"?\.\/([\w-]+-[\w-]{8}\.js)/g), ([, name]) => `/assets/${name}`);
  let [bytes, ofView] = [0, 0];
  // What draws a PDF comes with the first PDF that is shown, and is larger than all else.
  const counted = [entry, ...later].filter((path) => !path.startsWith('/assets/draw-pdf-'));
  for (const path of new Set(counted)) {
    const { headers } = await ask(path, { 'accept-encoding': 'gzip' }, 'HEAD');
    const length = Number(headers.get('content-length'));
    if (OWN_VIEW.test(path)) ofView += length;
    else bytes += length;
  }
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(200 * 1_024);
  expect(ofView).toBeGreaterThan(10_000);
  expect(ofView).toBeLessThanOrEqual(OWN_VIEW_KIB * 1_024);
});

it('sign-in is told to the page, which holds nothing of anybody', async () => {
  const env = { WAYBILL_AUTH: 'jwt', WAYBILL_JWT_SECRET: 'a secret of at least thirty-two bytes' };
  const signedIn = await startInstance({ env });
  try {
    const page = await fetch(signedIn.url);
    expect([page.status, await page.text()]).toEqual([200, expect.stringMatching(/<html[^>]* data-auth="jwt"/)]);
    expect(await (await ask('/')).text()).toMatch(/<html[^>]* data-auth="none"/);
  } finally {
    await signedIn.stop();
  }
});

it('may be framed by the origins that are named, and reach the provider, and nobody else', async () => {
  const provider = 'https://id.example.com';
  const env = {
    WAYBILL_AUTH: 'jwt',
    WAYBILL_JWT_SECRET: 'a secret of at least thirty-two bytes',
    WAYBILL_PAGE_EMBED_ORIGINS: 'https://app.example.com,https://other.example.com',
    WAYBILL_OIDC_ISSUER: `${provider}/realms/"one"&<two>`,
    WAYBILL_OIDC_CLIENT_ID: 'page',
    WAYBILL_OIDC_ORIGINS: 'https://tokens.example.com',
  };
  const open = await startInstance({ env });
  try {
    const page = await fetch(open.url);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain('; frame-ancestors https://app.example.com https://other.example.com;');
    expect(policy).toContain(`; connect-src 'self' ${provider} https://tokens.example.com;`);
    expect(page.headers.get('x-frame-options')).toBeNull();
    const html = await page.text();
    expect(html).toMatch(
      /^<!doctype html>\s*<html data-auth="jwt" data-graphiql="on" data-embed="[^"<>]*" data-oidc="[^"<>]*" lang/,
    );
  } finally {
    await open.stop();
  }
});
