// The operations of the demo, by @waybill/client: its own documents, and what else is asked for here.
import {
  READ_FEED_CURSOR,
  REGISTER_FILE,
  type LifecycleEvent,
  type TypedDocument,
  type Waybill,
  expectSuccess,
} from '../../packages/client/src/index.ts';

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

type Transitioned = TypedDocument<{ readonly result: TransitionResult }, { readonly input: object }>;

/** With the transition that was asked for: the file may have gone on meanwhile. */
const TRANSITION: Transitioned = `mutation ($input: TransitionFileInput!) { result: transitionFile(input: $input) {
  __typename ... on TransitionFileSuccess { transition { event from to version } } ... on Error { code message } } }`;

interface Edge {
  readonly node: { readonly id: string; readonly name: string };
  readonly snippets: readonly { readonly text: string }[];
}

type Search = TypedDocument<{ readonly searchFiles: { readonly edges: readonly Edge[] } }, { readonly query: string }>;

const SEARCH: Search = `query ($query: String!) { searchFiles(query: $query, first: 10) {
  edges { node { id name } snippets { text } } } }`;

/** A file in which a phrase was found. */
export interface Found {
  readonly id: string;
  readonly name: string;
  readonly snippet: string;
}

type StoredFile = FileFacts & { readonly contentUrl: string | null };
type Files = TypedDocument<
  { readonly files: { readonly edges: readonly { readonly node: StoredFile }[] } },
  Record<string, never>
>;

const FILES: Files = `{ files(first: 100) { edges { node {
  id name state version bytesReceived size sha256 failure { code message } contentUrl } } } }`;

export class Api {
  readonly #client: Waybill;

  constructor(client: Waybill) {
    this.#client = client;
  }

  async registerFile({ name, contentType, size, sha256 }: NewFile): Promise<{ id: string; uploadUrl: string }> {
    const { registerFile } = await this.#client.mutate(REGISTER_FILE, { input: { name, contentType, size, sha256 } });
    const { id, uploadUrl } = expectSuccess(registerFile).file;
    return { id, uploadUrl: uploadUrl ?? '' };
  }

  async transitionFile(id: string, event: LifecycleEvent, failure?: FileFacts['failure']): Promise<TransitionResult> {
    return (await this.#client.mutate(TRANSITION, { input: { id, event, failure } })).result;
  }

  /** The position to subscribe after. */
  async readFeedCursor(): Promise<string> {
    return (await this.#client.query(READ_FEED_CURSOR)).feedCursor;
  }

  async readFiles(): Promise<StoredFile[]> {
    const { files } = await this.#client.query(FILES);
    return files.edges.map(({ node }) => node);
  }

  async search(query: string): Promise<Found[]> {
    const { searchFiles } = await this.#client.query(SEARCH, { query });
    return searchFiles.edges.map(({ node, snippets }) => ({ ...node, snippet: snippets[0]?.text ?? '' }));
  }
}
