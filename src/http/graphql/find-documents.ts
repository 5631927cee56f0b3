// For Yoga: finds the document that a request names by its hash.
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type DocumentName, namesHash } from '../../graphql/trusted-documents.ts';

/** @param textOf throws a GraphQLError for a document that is not found */
export const findDocuments = (textOf: (name: DocumentName) => string): Plugin => ({
  onParams: ({ params, request, setParams }) => {
    const { query = null, extensions = null } = params;
    const name = { query, extensions, documentId: idOf(params, request) };
    // Everything else Yoga refuses in its own words.
    if ((query !== null && typeof query !== 'string') || !namesHash(name)) return;
    try {
      setParams({ ...params, query: textOf(name) });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const { message, extensions: given } = error;
      throw new GraphQLError(message, { extensions: { ...given, http: { status: 400 } } });
    }
  },
});

/** Yoga reads it from a body, but not from a URL. */
function idOf(params: object, { method, url }: Request): string | null {
  const { documentId = null } = params as { readonly documentId?: unknown };
  const id = documentId ?? (method === 'GET' ? new URL(url).searchParams.get('documentId') : null);
  return typeof id === 'string' ? id : null;
}
