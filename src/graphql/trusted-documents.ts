// Trusted documents, also called persisted operations: with a file of them, nothing else is executed. Clients name a
// document by its SHA-256, or send its text.
import { GraphQLError } from 'graphql';

/** How a request says which document it is about. Null: it does not say it in this way. */
export interface DocumentName {
  readonly query: string | null;
  /** GraphQL over HTTP, Relay: the hash, with `sha256:` before it or not. */
  readonly documentId?: string | null | undefined;
  /** Apollo: `persistedQuery.sha256Hash`. */
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

export class TrustedDocuments {
  readonly #byHash: ReadonlyMap<string, string>;
  readonly #texts: ReadonlySet<string>;

  /** @param byHash texts by their SHA-256, in hex in lower case */
  constructor(byHash: ReadonlyMap<string, string>) {
    this.#byHash = byHash;
    this.#texts = new Set(byHash.values());
  }

  find(hash: string): string | undefined {
    return this.#byHash.get(hash);
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }
}

const fail = (code: string, message: string): never => {
  throw new GraphQLError(message, { extensions: { code } });
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function hashOfExtensions(extensions: DocumentName['extensions']): string | null {
  const persisted = extensions?.['persistedQuery'];
  const hash = isObject(persisted) ? persisted['sha256Hash'] : null;
  return typeof hash === 'string' ? hash.toLowerCase() : null;
}

/** Null when the request names no hash. */
function hashOf({ documentId, extensions }: DocumentName): string | null {
  const ofExtensions = hashOfExtensions(extensions);
  if (documentId === undefined || documentId === null) return ofExtensions;
  const hash = documentId.toLowerCase().replace(/^sha256:/, '');
  if (ofExtensions !== null && ofExtensions !== hash) {
    fail('BAD_REQUEST', 'documentId and extensions.persistedQuery name different documents.');
  }
  return hash;
}

/** Whether it names a hash. Without one it must have a text. */
export const namesHash = (name: DocumentName): boolean =>
  typeof name.documentId === 'string' || hashOfExtensions(name.extensions) !== null;

/**
 * The text of the document that a request is about. Whether a text that was sent is trusted is checked when it is parsed
 * (documents.ts), so that no way in can leave it out.
 *
 * @param trusted null: every document may be executed, and none is known by its hash
 * @throws GraphQLError PERSISTED_QUERY_NOT_FOUND (as Apollo's clients know it), PERSISTED_QUERY_ONLY,
 * PERSISTED_QUERY_NOT_SUPPORTED or BAD_REQUEST
 */
export function textOf(name: DocumentName, trusted: TrustedDocuments | null): string {
  const { query } = name;
  // graphql-ws knows no operation without a text: clients send an empty one beside the hash.
  const isGiven = query !== null && query !== '';
  if (trusted === null && isGiven) return query;
  const hash = hashOf(name);
  if (hash === null) return query ?? fail('BAD_REQUEST', 'Must provide query string.');
  if (trusted === null) {
    return fail('PERSISTED_QUERY_NOT_SUPPORTED', 'This server knows no documents by their hash: send the text.');
  }
  const text = trusted.find(hash);
  if (text === undefined) return isGiven ? refuseText() : fail('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
  if (isGiven && query !== text) return fail('BAD_REQUEST', 'The text is not that of the document that is named.');
  return text;
}

/** @throws GraphQLError PERSISTED_QUERY_ONLY */
export const refuseText = (): never =>
  fail('PERSISTED_QUERY_ONLY', 'This server executes trusted documents only, and this is none of them.');
