// Everything that the command line sends. It is known beforehand, so that a server that executes trusted documents only can be
// told of it: `waybill documents` prints it.
import { createHash } from 'node:crypto';
import { READ_FEED_CURSOR } from '../../packages/client/src/index.ts';
import * as generated from '../generated/documents.ts';
import { LOOKUPS } from './file-lookup.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** By their SHA-256, in hex. */
export function knownDocuments(): Map<string, string> {
  const documents = [READ_FEED_CURSOR, ...Object.values(generated), ...LOOKUPS.map(({ document }) => document)];
  return new Map(documents.map(String).map((text) => [hashOf(text), text]));
}
