// The GraphQL operations of the demo, over plain HTTP. It knows the public schema only.

export interface FileFacts {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly version: number;
  readonly bytesReceived: number;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

export interface Transition {
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly version: number;
}

interface ErrorResult {
  readonly __typename: 'TransitionRejected' | 'RequestError';
  readonly code: string;
  readonly message: string;
}

type TransitionResult = { readonly __typename: 'TransitionFileSuccess'; readonly transition: Transition } | ErrorResult;

export interface NewFile {
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string;
}

export const FILE_FIELDS =
  'fragment F on File { id name state version bytesReceived size sha256 failure { code message } }';

const REGISTER = `mutation ($input: RegisterFileInput!) { result: registerFile(input: $input) {
  ... on RegisterFileSuccess { file { id uploadUrl } } ... on Error { code message } } }`;

const TRANSITION = `mutation ($input: TransitionFileInput!) { result: transitionFile(input: $input) {
  __typename ... on TransitionFileSuccess { transition { event from to version } } ... on Error { code message } } }`;

const SEARCH = `query ($query: String!) { searchFiles(query: $query, first: 10) {
  edges { node { id name } snippets { text } } } }`;

/** A file in which a phrase was found. */
export interface Found {
  readonly id: string;
  readonly name: string;
  readonly snippet: string;
}

const FILES = `{ files(first: 100) { edges { node { ...F contentUrl } } } } ${FILE_FIELDS}`;

export class Api {
  readonly #url: string;

  constructor(url: string) {
    this.#url = `${url}/graphql`;
  }

  async registerFile({ name, contentType, size, sha256 }: NewFile): Promise<{ id: string; uploadUrl: string }> {
    const input = { name, contentType, size, sha256 };
    const { result } = await this.#send<{ result: { file?: { id: string; uploadUrl: string } } }>(REGISTER, { input });
    if (result.file === undefined) throw new Error(`${name} was not registered: ${JSON.stringify(result)}`);
    return result.file;
  }

  async transitionFile(id: string, event: string, failure?: FileFacts['failure']): Promise<TransitionResult> {
    return (await this.#send<{ result: TransitionResult }>(TRANSITION, { input: { id, event, failure } })).result;
  }

  /** The position to subscribe after. */
  async readFeedCursor(): Promise<string> {
    return (await this.#send<{ feedCursor: string }>('{ feedCursor }')).feedCursor;
  }

  async readFiles(): Promise<(FileFacts & { readonly contentUrl: string | null })[]> {
    type Node = FileFacts & { readonly contentUrl: string | null };
    const { files } = await this.#send<{ files: { edges: { node: Node }[] } }>(FILES);
    return files.edges.map(({ node }) => node);
  }

  async search(query: string): Promise<Found[]> {
    type Edge = {
      readonly node: { readonly id: string; readonly name: string };
      readonly snippets: { text: string }[];
    };
    const { searchFiles } = await this.#send<{ searchFiles: { edges: Edge[] } }>(SEARCH, { query });
    return searchFiles.edges.map(({ node, snippets }) => ({ ...node, snippet: snippets[0]?.text ?? '' }));
  }

  async #send<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.#url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await response.json()) as { data?: Data | null; errors?: unknown };
    if (errors !== undefined || data == null) throw new Error(`the server answered ${JSON.stringify(errors)}`);
    return data;
  }
}
