// The page at /, and its assets.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../log.ts';
import { type Bodies, compress, encodingFor } from '../encoding.ts';
import { type Handler, pathOf, send } from '../respond.ts';
import { type Asset, type BuiltPage, loadPage } from './built-page.ts';
import { type PageSettings, attributesOf, headersOf } from './policy.ts';

export interface PageHandlers {
  readonly page: Handler;
  readonly assets: Handler;
}

export const ASSETS_PATH = '/assets/';

const COMMON = {
  vary: 'Accept-Encoding',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

const ASSET = {
  ...COMMON,
  // Its name changes with its contents.
  'cache-control': 'public, max-age=31536000, immutable',
  // For the worker that reads PDF, which has the policy of its own answer: it evaluates nothing and asks nobody.
  'content-security-policy': "default-src 'none'",
};

interface Loaded extends BuiltPage {
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly bodies: Bodies;
}

export function handlePage(settings: PageSettings, log: Logger): PageHandlers {
  let loading: Promise<Loaded> | undefined;
  const load = (): Promise<Loaded> => {
    if (loading !== undefined) return loading;
    const begun = (loading = loadWith(settings));
    begun.catch((error: unknown) => {
      log.error({ err: error }, 'the page could not be built');
      // The next request tries again.
      loading = undefined;
    });
    return begun;
  };
  const serve =
    (answer: (loaded: Loaded, request: IncomingMessage, response: ServerResponse) => void): Handler =>
    async (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(response);
      const loaded = await load().catch(() => null);
      if (loaded === null) return send(response, 503, NOT_BUILT);
      answer(loaded, request, response);
    };
  return { page: serve(sendPage), assets: serve(sendAsset) };
}

const NOT_BUILT =
  'The page of this server could not be built; its log says why. `npm ci && npm run build:page` builds it. GraphQL is at /graphql.';

async function loadWith(settings: PageSettings): Promise<Loaded> {
  const built = await loadPage();
  const html = built.html.replace('<html', () => `<html ${attributesOf(settings)}`);
  const etag = createHash('sha256').update(html).digest('base64url').slice(0, 22);
  const headers = { ...COMMON, ...headersOf(settings) };
  return { ...built, headers, etag, bodies: await compress(Buffer.from(html)) };
}

function refuseMethod(response: ServerResponse): void {
  response.setHeader('allow', 'GET, HEAD');
  send(response, 405, 'Only GET and HEAD are possible here.');
}

function sendPage(loaded: Loaded, request: IncomingMessage, response: ServerResponse): void {
  const encoding = encodingFor(request.headers['accept-encoding'] ?? '');
  const headers = { ...loaded.headers, etag: `"${loaded.etag}-${encoding}"` };
  if (request.headers['if-none-match']?.includes(headers.etag) === true) {
    return void response.writeHead(304, headers).end();
  }
  sendBody(request, response, loaded.bodies, headers);
}

function sendAsset({ assets }: Loaded, request: IncomingMessage, response: ServerResponse): void {
  const asset: Asset | undefined = assets.get(pathOf(request).slice(ASSETS_PATH.length));
  if (asset === undefined) return send(response, 404, 'not found');
  sendBody(request, response, asset.bodies, { ...ASSET, 'content-type': asset.type });
}

/** Compressed as the browser can read it. */
function sendBody(
  { method, headers: { 'accept-encoding': accepted = '' } }: IncomingMessage,
  response: ServerResponse,
  bodies: Bodies,
  headers: Readonly<Record<string, string>>,
): void {
  const encoding = encodingFor(accepted);
  const body = bodies[encoding];
  const coding = encoding === 'identity' ? {} : { 'content-encoding': encoding };
  response.writeHead(200, { ...headers, ...coding, 'content-length': body.length });
  response.end(method === 'HEAD' ? undefined : body);
}
