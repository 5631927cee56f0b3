// waybill documents: prints what the command line sends, for WAYBILL_TRUSTED_DOCUMENTS.
import { knownDocuments } from '../api/documents.ts';
import type { Command } from '../context.ts';
import { EXIT } from '../errors.ts';

export const runDocuments: Command<object> = (_options, { screen }) => {
  // In one order, so that the file of a version is always the same.
  const entries = [...knownDocuments()].toSorted(([one], [other]) => (one < other ? -1 : 1));
  screen.print(JSON.stringify(Object.fromEntries(entries), null, 2));
  return Promise.resolve(EXIT.ok);
};
