// The operations the demo sends, over plain HTTP. It knows the public schema and nothing of the server's inside.

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

export interface RegisteredFile extends FileFacts {
  readonly uploadUrl: string;
}

/** A file as the API shows it at the end. */
export interface StoredFile extends FileFacts {
  readonly contentUrl: string | null;
}

export interface Transition {
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly version: number;
}

export interface Refusal {
  readonly __typename: 'TransitionRejected' | 'RequestError';
  readonly code: string;
  readonly message: string;
}

export type TransitionAnswer =
  | { readonly __typename: 'TransitionFileSuccess'; readonly transition: Transition }
  | Refusal;

export interface NewFile {
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string;
}

export interface FailureInput {
  readonly code: string;
  readonly message: string;
}

export const FILE_FIELDS =
  'fragment F on File { id name state version bytesReceived size sha256 failure { code message } }';

const REGISTER = `mutation ($input: RegisterFileInput!) { answer: registerFile(input: $input) {
  __typename ... on RegisterFileSuccess { file { ...F uploadUrl } } ... on Error { code message }
} } ${FILE_FIELDS}`;

const TRANSITION = `mutation ($input: TransitionFileInput!) { answer: transitionFile(input: $input) {
  __typename ... on TransitionFileSuccess { transition { event from to version } } ... on Error { code message }
} }`;

const FILES = `query ($first: Int!) { files(first: $first) { edges { node { ...F contentUrl } } } } ${FILE_FIELDS}`;

export class Api {
  readonly #url: string;

  constructor(url: string) {
    this.#url = `${url}/graphql`;
  }

  /** Registers a file whose bytes the server takes itself, at its `uploadUrl`. */
  async registerFile({ name, contentType, size, sha256 }: NewFile): Promise<RegisteredFile> {
    const { answer } = await this.#send<{ answer: { file?: RegisteredFile } & Partial<Refusal> }>(REGISTER, {
      input: { name, contentType, size, sha256 },
    });
    if (answer.file === undefined) throw new Error(`${name} was not registered: ${answer.code} ${answer.message}`);
    return answer.file;
  }

  async transitionFile(id: string, event: string, failure?: FailureInput): Promise<TransitionAnswer> {
    const input = { id, event, ...(failure && { failure }) };
    return (await this.#send<{ answer: TransitionAnswer }>(TRANSITION, { input })).answer;
  }

  /** A place in the stream of changes to subscribe after. */
  async readFeedCursor(): Promise<string> {
    return (await this.#send<{ feedCursor: string }>('{ feedCursor }')).feedCursor;
  }

  /** The newest files. */
  async readFiles(first: number): Promise<StoredFile[]> {
    const { files } = await this.#send<{ files: { edges: { node: StoredFile }[] } }>(FILES, { first });
    return files.edges.map(({ node }) => node);
  }

  async #send<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Data | null; errors?: unknown };
    if (errors !== undefined || data == null) throw new Error(`the server answered ${JSON.stringify(errors)}`);
    return data;
  }
}
