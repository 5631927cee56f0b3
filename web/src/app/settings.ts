// What the server says of itself: attributes of the root element (src/http/page/handler.ts).
const { auth, graphiql } = document.documentElement.dataset;

/** Where the API is: the page may be served below a path. */
export const BASE_URL: string = new URL('.', document.baseURI).href.replace(/\/$/, '');

/** Whether callers have to say who they are. */
export const NEEDS_SIGN_IN: boolean = auth === 'jwt';

export const HAS_GRAPHIQL: boolean = graphiql !== 'off';

/**
 * The address of something on this server, from one that the server has given: it may be known by another name than that under
 * which this page was opened, and the page reads nothing of another origin.
 */
export function onThisServer(url: string): string {
  const { pathname, search } = new URL(url, BASE_URL);
  return location.origin + pathname + search;
}
