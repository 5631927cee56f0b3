// Messages of clients (graphql-transport-ws), cut down to what the protocol knows: graphql-ws keeps the message of a
// subscription for as long as it lives.
import { type DocumentName, namesHash } from '../../graphql/trusted-documents.ts';

const MAX_ID_LENGTH = 256;

/** Bytes of a message before the client was accepted: an authorization and whatever else a client says of itself. */
export const MAX_INIT_BYTES = 16 * 2 ** 10;

const pickHash = (documentId: unknown, extensions: unknown): Omit<DocumentName, 'query'> => ({
  documentId: typeof documentId === 'string' ? documentId : null,
  extensions: isObject(extensions) ? extensions : null,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Parses a message. graphql-ws checks its type and its members.
 * @throws Error for invalid JSON and for an id of more than 256 characters
 */
export function readMessage(text: string): unknown {
  const message: unknown = JSON.parse(text);
  if (!isObject(message)) return message;
  const { id, type, payload } = message;
  if (typeof id === 'string' && id.length > MAX_ID_LENGTH) throw new Error('the id is too long');
  const kept = type === 'subscribe' && isObject(payload) ? pickOperation(payload) : payload;
  return { ...('id' in message && { id }), type, ...('payload' in message && { payload: kept }) };
}

/** The id of the operation that the client ends with this message; null: it is another message. */
export const completedBy = (message: unknown): string | null =>
  isObject(message) && message['type'] === 'complete' && typeof message['id'] === 'string' ? message['id'] : null;

/** graphql-ws takes no operation without a text. One that is named by its hash gets an empty one. */
const pickOperation = ({
  query,
  documentId,
  operationName,
  variables,
  extensions,
}: Record<string, unknown>): object => ({
  query: query ?? (namesHash({ query: null, ...pickHash(documentId, extensions) }) ? '' : query),
  documentId: typeof documentId === 'string' ? documentId : null,
  operationName,
  variables,
  extensions,
});
