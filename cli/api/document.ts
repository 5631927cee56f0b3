// The documents that the command line sends. All of them are known beforehand, so that a server that executes trusted
// documents only can be told of them: `waybill documents` prints them.
import { createHash } from 'node:crypto';

declare const isDocument: unique symbol;

/** The text of a GraphQL document, made by `document`. */
export type Document = string & { readonly [isDocument]: true };

const known = new Map<string, Document>();

/** Makes a document known. Call it as a module is loaded; cli/commands/documents.ts loads all of them. */
export function document(text: string): Document {
  const made = text as Document;
  known.set(createHash('sha256').update(text).digest('hex'), made);
  return made;
}

/** By their SHA-256, in hex. */
export const knownDocuments = (): ReadonlyMap<string, Document> => known;
