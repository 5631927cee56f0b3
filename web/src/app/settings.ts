// What the server says of itself: attributes of the root element (src/http/page/policy.ts).
const { auth, graphiql, embed, oidc } = document.documentElement.dataset;

/** Where the API is: the page may be served below a path. */
export const BASE_URL: string = new URL('.', document.baseURI).href.replace(/\/$/, '');

/** Whether callers have to say who they are. */
export const NEEDS_SIGN_IN: boolean = auth === 'jwt';

/** Origins of applications that may hand over a token. */
export const EMBED_ORIGINS: readonly string[] = embed?.split(' ') ?? [];

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Which of the provider's tokens is sent to this server. */
  readonly token: 'access' | 'id';
  /** Further parameters of requests to the provider, as a query string. */
  readonly parameters: string;
}

/** Where people sign in; null: they paste a token. */
export const OIDC: OidcSettings | null = oidc === undefined ? null : (JSON.parse(oidc) as OidcSettings);

export const HAS_GRAPHIQL: boolean = graphiql !== 'off';

/**
 * The address of something on this server, from one that the server has given: it may be known by another name than that under
 * which this page was opened, and the page reads nothing of another origin.
 */
export function onThisServer(url: string): string {
  const { pathname, search } = new URL(url, BASE_URL);
  return location.origin + pathname + search;
}
