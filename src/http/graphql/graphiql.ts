// GraphiQL at /graphql: one page that contains all its assets. It is made once, and browsers keep it.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphiQLOptions } from 'graphql-yoga';
import { EXAMPLE_TABS } from './example-operations.ts';
import { makeFetcher } from './graphiql-fetcher.ts';
import { chooseTab } from './graphiql-tabs.ts';
import { type Bodies, compress, encodingFor } from '../encoding.ts';
import type { Handler } from '../respond.ts';

const OPTIONS: GraphiQLOptions = {
  title: 'Waybill',
  defaultTabs: [...EXAMPLE_TABS],
};

// GraphiQL moves a tab away under the pressed mouse after the row of tabs has changed, and the click is lost.
const STILL_TABS = '<style>.graphiql-tab { transform: none !important; }</style>';
const VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1" />';

const RENDER = 'YogaGraphiQL.renderYogaGraphiQL(';

/** The script of the page calls it in place of RENDER: a function cannot be among the options, which are JSON. */
const setUp = (graphqlWs: string): string => `
(${chooseTab.toString()})(localStorage, sessionStorage, location.search);
${graphqlWs};
const fetcher = (${makeFetcher.toString()})(graphqlWs.createClient, location.origin + location.pathname);
const render = (root, options) => ${RENDER}root, { ...options, fetcher });
render(`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // Browsers ask each time whether it is still the same, and get a 304.
  'cache-control': 'no-cache',
  vary: 'Accept-Encoding',
  // No page may show it in a frame and have a user click what it hides.
  'x-frame-options': 'DENY',
  'content-security-policy': "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
};

interface Page {
  readonly etag: string;
  readonly bodies: Bodies;
}

/** Says what GraphiQL itself would show as an error of its own. */
const noticeOf = (text: string): string =>
  '<p role="status" style="position: fixed; z-index: 10; bottom: 0; left: 0; right: 0; margin: 0; padding: 8px 16px; ' +
  `text-align: center; font: 14px system-ui, sans-serif; color: #000; background: #ffe9a8">${text}</p>`;

/** The package is 9 MB of text: it is loaded on the first request. */
async function makePage(notice: string | null): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const rendered = replaceOnce('</head>', `${VIEWPORT}${STILL_TABS}</head>`, renderGraphiQL(OPTIONS));
  const graphqlWs = await readFile(new URL('../umd/graphql-ws.min.js', import.meta.resolve('graphql-ws')), 'utf8');
  const page = replaceOnce(RENDER, setUp(graphqlWs), rendered);
  const html = Buffer.from(notice === null ? page : appendToBody(noticeOf(notice), page));
  const etag = createHash('sha256').update(html).digest('base64url').slice(0, 22);
  return { etag, bodies: await compress(html) };
}

/** The scripts of the page contain the tag too, so the last one counts. */
function appendToBody(text: string, html: string): string {
  const at = html.lastIndexOf('</body>');
  if (at < 0) throw new Error('the page of GraphiQL has no </body>');
  return html.slice(0, at) + text + html.slice(at);
}

function replaceOnce(mark: string, text: string, html: string): string {
  const at = html.indexOf(mark);
  if (at < 0) throw new Error(`the page of GraphiQL has no ${mark}`);
  return html.slice(0, at) + text + html.slice(at + mark.length);
}

const pages = new Map<string | null, Promise<Page>>();

function pageWith(notice: string | null): Promise<Page> {
  const known = pages.get(notice);
  if (known !== undefined) return known;
  const made = makePage(notice);
  pages.set(notice, made);
  // The next request tries again.
  made.catch(() => pages.delete(notice));
  return made;
}

/** A browser that opens /graphql, or asks whether what it keeps is still the same. */
export const wantsGraphiQL = ({ method, headers }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html') === true;

/** @param notice HTML that is shown below; null: nothing is to be said */
export const handleGraphiQL =
  (notice: string | null): Handler =>
  async (request, response) =>
    sendPage(request, response, await pageWith(notice));

/** Compressed as the browser can read it. */
function sendPage({ method, headers }: IncomingMessage, response: ServerResponse, { etag, bodies }: Page): void {
  const encoding = encodingFor(headers['accept-encoding'] ?? '');
  // A strong ETag names the bytes as they are sent (RFC 9110 section 8.8.3.3).
  const tag = `"${etag}-${encoding}"`;
  const common = { ...HEADERS, etag: tag };
  if (headers['if-none-match']?.includes(tag) === true) return void response.writeHead(304, common).end();
  const body = bodies[encoding];
  const coding = encoding === 'identity' ? {} : { 'content-encoding': encoding };
  response.writeHead(200, { ...common, ...coding, 'content-length': body.length });
  response.end(method === 'HEAD' ? undefined : body);
}
